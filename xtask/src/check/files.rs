//! Rules about files: how long they may be, what they may be called, what they may not name.
//!
//! Looks at what git knows or would add, so that a file is checked before it is committed.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::exceptions;
use super::violation::Violation;
use crate::step;

/// The most lines of a source file.
const MAX_LINES: usize = 500;
/// What counts as a source file.
const SOURCES: &[&str] = &["rs", "sql", "js", "mjs", "ts", "py", "html", "css"];
/// Names that say nothing about what is inside; each invites everything.
const VAGUE: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "misc", "types", "manager", "managers", "mod",
];
/// Hosts of package registries, in two parts so that this file does not name them.
const REGISTRIES: &[(&str, &str)] = &[
    ("registry.npm", "js.org"),
    ("files.python", "hosted.org"),
    ("pypi.", "org/simple"),
    ("static.", "crates.io"),
    ("deb.", "debian.org"),
];
/// Folders in which checkouts commonly lie: naming them says nothing about this machine.
const COMMON_PARENTS: &[&str] = &["/", "/tmp", "/home", "/root", "/opt", "/srv", "/src", "/usr"];

/// All violations by files of the checkout, less the excused ones.
///
/// # Errors
/// When git or the list of exceptions cannot be read.
pub(crate) fn violations(root: &Path) -> Result<Vec<Violation>> {
    let places = Places::of(root);
    let mut found = Vec::new();
    for path in tracked(root)? {
        found.extend(name(&path));
        // What is not text has neither lines nor names in it; what git lists may be deleted.
        let Ok(text) = fs::read_to_string(root.join(&path)) else { continue };
        found.extend(size(&path, &text));
        found.extend(places.named_in(&path, &text));
    }
    let list = fs::read_to_string(root.join(exceptions::LIST))
        .with_context(|| format!("reading {}", exceptions::LIST))?;
    Ok(exceptions::apply(&list, found))
}

/// Paths from the root, with `/`.
fn tracked(root: &Path) -> Result<Vec<String>> {
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let text = step::run_quietly(Command::new("git").current_dir(root).args(list))?;
    Ok(text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

fn size(path: &str, text: &str) -> Option<Violation> {
    let lines = text.lines().count();
    if !is_source(path) || is_test(path) || lines <= MAX_LINES {
        return None;
    }
    Some(Violation {
        rule: "size",
        place: path.to_owned(),
        what: format!("{lines} lines, more than {MAX_LINES}"),
        mend: format!(
            "Split it by what its parts promise, or excuse it in {} with a reason",
            exceptions::LIST
        ),
    })
}

fn name(path: &str) -> Option<Violation> {
    let stem = stem(path);
    if !path.ends_with(".rs") || !VAGUE.contains(&stem) {
        return None;
    }
    let mend = match stem {
        "mod" => "Call it after its folder: foo.rs beside foo/".to_owned(),
        _ => "Name what is inside; if there is no one name, there are several modules".to_owned(),
    };
    let what = format!("`{stem}` says nothing about what is inside");
    Some(Violation { rule: "name", place: path.to_owned(), what, mend })
}

/// What may not be named: registries (a lock file with hosts ties everyone to one mirror) and
/// the place of this checkout (nobody else has it).
struct Places(Vec<String>);

impl Places {
    fn of(root: &Path) -> Self {
        let mut needles: Vec<String> =
            REGISTRIES.iter().map(|(front, back)| format!("{front}{back}")).collect();
        needles.push(root.display().to_string());
        if let Some(parent) = root.parent()
            && !COMMON_PARENTS.iter().any(|common| parent == Path::new(common))
            && parent.parent() != Some(Path::new("/home"))
        {
            needles.push(format!("{}/", parent.display()));
        }
        Self(needles)
    }

    fn named_in(&self, path: &str, text: &str) -> Vec<Violation> {
        let complain = |needle: &String| {
            let line = text.lines().position(|line| line.contains(needle.as_str()))? + 1;
            Some(Violation {
                rule: "place",
                place: path.to_owned(),
                what: format!("line {line} names {needle}"),
                mend: "Leave out hosts of registries (npm: omit-lockfile-registry-resolved=true) \
                       and paths of this machine"
                    .to_owned(),
            })
        };
        self.0.iter().filter_map(complain).collect()
    }
}

fn is_source(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| SOURCES.contains(&extension))
}

fn is_test(path: &str) -> bool {
    stem(path) == "tests" || path.split('/').any(|folder| folder == "tests")
}

fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split('.').next().unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_file_may_have_500_lines() {
        let longest = "x\n".repeat(500);
        let longer = "x\n".repeat(501);
        assert_eq!(size("crates/a/src/lib.rs", &longest), None);
        assert!(size("crates/a/src/lib.rs", &longer).is_some());
        assert!(size("crates/a/queries/claim.sql", &longer).is_some());
    }

    #[test]
    fn tests_and_data_may_be_longer() {
        let longer = "x\n".repeat(501);
        for path in ["crates/a/tests/it/main.rs", "crates/a/src/lanes/tests.rs", "Cargo.lock"] {
            assert_eq!(size(path, &longer), None, "{path}");
        }
    }

    #[test]
    fn vague_names_are_refused() {
        for path in ["crates/a/src/util.rs", "crates/a/src/foo/mod.rs", "xtask/src/helpers.rs"] {
            assert!(name(path).is_some(), "{path}");
        }
        for path in ["crates/a/src/event_types.rs", "crates/a/src/model.rs", "docs/common.md"] {
            assert_eq!(name(path), None, "{path}");
        }
    }

    #[test]
    fn registries_and_the_checkout_may_not_be_named() {
        let places = Places::of(Path::new("/build/here/fanfare"));
        let registry = format!("a\nhttps://registry.npm{}/x", "js.org");
        let found = places.named_in("a.json", &registry);
        assert_eq!(found.len(), 1);
        assert!(found[0].what.starts_with("line 2 names "), "{}", found[0]);
        assert_eq!(places.named_in("a.md", "see /build/here/other").len(), 1);
        assert_eq!(places.named_in("a.md", "see /build/there").len(), 0);
    }

    #[test]
    fn a_common_folder_may_be_named() {
        let places = Places::of(Path::new("/tmp/fanfare"));
        assert_eq!(places.named_in("a.md", "written to /tmp/x").len(), 0);
        assert_eq!(places.named_in("a.md", "cd /tmp/fanfare").len(), 1);
    }
}
