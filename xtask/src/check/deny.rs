//! Licences, bans and sources of everything we build on, as `deny.toml` says.
//!
//! cargo-deny does it when it is installed, with advisories when their database can be fetched.
//! It takes many minutes to build, so a machine without it gets the part of `deny.toml` that can
//! be read off `cargo metadata`: licences as the packages declare them, banned packages,
//! versions given as `*`, and sources. The step says which of the two it was.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use cargo_metadata::{Metadata, Package};
use serde::Deserialize;

use super::licence;
use super::violation::Violation;
use crate::step::{self, works};

/// What we read of `deny.toml`; cargo-deny knows more keys.
#[derive(Debug, Deserialize)]
struct Rules {
    licenses: Licenses,
    bans: Bans,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Debug, Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    package: String,
    reason: String,
}

/// Holds the dependencies against `deny.toml`.
///
/// # Errors
/// The violations, or cargo-deny's failure.
pub(crate) fn run(root: &Path, metadata: &Metadata) -> Result<()> {
    if works("cargo", &["deny", "--version"]) {
        return cargo_deny(root);
    }
    println!("   cargo-deny is not installed: licences, bans and sources from cargo metadata,");
    println!("   no advisories (for them: cargo install cargo-deny --locked)");
    let text = std::fs::read_to_string(root.join("deny.toml")).context("reading deny.toml")?;
    let rules: Rules = toml::from_str(&text).context("deny.toml")?;
    let built = built(root)?;
    let packages: Vec<&Package> = metadata
        .packages
        .iter()
        .filter(|package| built.contains(&format!("{} v{}", package.name, package.version)))
        .collect();
    super::report(&violations(&rules, &packages))
}

/// What is built on any platform, as `name vVERSION`. cargo metadata also lists packages behind
/// features that nothing turns on; cargo tree does not.
fn built(root: &Path) -> Result<HashSet<String>> {
    let tree = ["tree", "--locked", "--workspace", "--all-features", "--target", "all"];
    let mut command = step::cargo(root);
    command.args(tree).args(["--prefix", "none", "--format", "{p}"]);
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Ok(step::run_quietly(&mut command)?.lines().map(name).collect())
}

fn cargo_deny(root: &Path) -> Result<()> {
    let deny = |arguments: &[&str]| {
        let mut command = step::cargo(root);
        command.arg("deny").args(arguments);
        command
    };
    step::run(&mut deny(&["--log-level", "warn", "check", "licenses", "bans", "sources"]))?;
    if works("cargo", &["deny", "fetch", "db"]) {
        return step::run(&mut deny(&["--log-level", "warn", "check", "advisories"]));
    }
    println!("   the advisory database cannot be fetched: advisories were not checked");
    Ok(())
}

fn violations(rules: &Rules, packages: &[&Package]) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in packages {
        let place = format!("{} {}", package.name, package.version);
        found.extend(source(&place, package));
        found.extend(licence_of(&place, package.license.as_deref(), &rules.licenses.allow));
        found.extend(ban(&place, &package.name, &rules.bans.deny));
        found.extend(wildcards(&place, package));
    }
    found
}

fn licence_of(place: &str, expression: Option<&str>, allowed: &[String]) -> Option<Violation> {
    let what = match expression {
        Some(expression) if licence::satisfied(expression, allowed) => return None,
        Some(expression) => format!("is under `{expression}`, which deny.toml does not allow"),
        None => "declares no licence".to_owned(),
    };
    Some(Violation {
        rule: "licence",
        place: place.to_owned(),
        what,
        mend: "Use another package, or allow the licence in deny.toml after reading it".to_owned(),
    })
}

fn ban(place: &str, name: &str, bans: &[Ban]) -> Option<Violation> {
    let ban = bans.iter().find(|ban| ban.package == name)?;
    Some(Violation {
        rule: "ban",
        place: place.to_owned(),
        what: format!("is banned by deny.toml: {}", ban.reason),
        mend: format!("See who brings it: cargo tree --invert {name}"),
    })
}

/// A path dependency of the workspace has no version; anything else must have one.
fn wildcards(place: &str, package: &Package) -> Option<Violation> {
    let any = |dependency: &&cargo_metadata::Dependency| {
        dependency.path.is_none() && dependency.req.comparators.is_empty()
    };
    if package.source.is_some() {
        return None;
    }
    let dependency = package.dependencies.iter().find(any)?;
    Some(Violation {
        rule: "ban",
        place: place.to_owned(),
        what: format!("takes any version of {}", dependency.name),
        mend: "Say which version in [workspace.dependencies]".to_owned(),
    })
}

fn source(place: &str, package: &Package) -> Option<Violation> {
    let source = package.source.as_ref().filter(|source| !source.is_crates_io())?;
    Some(Violation {
        rule: "source",
        place: place.to_owned(),
        what: format!("comes from {source}"),
        mend: "Use a released version from crates.io".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, licence: Option<&str>, source: Option<&str>) -> Package {
        let text = |value: Option<&str>| value.map_or("null".to_owned(), |one| format!("{one:?}"));
        let json = format!(
            r#"{{"name":"{name}","version":"1.0.0","id":"{name}","license":{},"source":{},
               "dependencies":[],"targets":[],"features":{{}},"manifest_path":"/x/Cargo.toml"}}"#,
            text(licence),
            text(source),
        );
        let json = format!(
            r#"{{"packages":[{json}],"workspace_members":[],"resolve":null,"version":1,
               "workspace_root":"/x","target_directory":"/x/target"}}"#
        );
        let mut metadata = cargo_metadata::MetadataCommand::parse(json).unwrap();
        metadata.packages.remove(0)
    }

    fn rules() -> Rules {
        let text = r#"
            [licenses]
            allow = ["MIT"]
            [bans]
            deny = [{ crate = "openssl-sys", reason = "one TLS library" }]
        "#;
        toml::from_str(text).unwrap()
    }

    fn broken(package: Package) -> Vec<&'static str> {
        violations(&rules(), &[&package]).iter().map(|violation| violation.rule).collect()
    }

    const CRATES_IO: Option<&str> = Some("registry+https://github.com/rust-lang/crates.io-index");

    #[test]
    fn an_allowed_package_passes() {
        assert_eq!(broken(package("serde", Some("MIT OR Apache-2.0"), CRATES_IO)), [""; 0]);
    }

    #[test]
    fn each_rule_is_held() {
        assert_eq!(broken(package("a", Some("GPL-3.0"), CRATES_IO)), ["licence"]);
        assert_eq!(broken(package("a", None, CRATES_IO)), ["licence"]);
        assert_eq!(broken(package("openssl-sys", Some("MIT"), CRATES_IO)), ["ban"]);
        assert_eq!(broken(package("a", Some("MIT"), Some("git+https://a.test/a"))), ["source"]);
    }

    #[test]
    fn the_committed_rules_can_be_read() {
        let text = include_str!("../../../deny.toml");
        let rules: Rules = toml::from_str(text).unwrap();
        assert!(rules.licenses.allow.contains(&"Apache-2.0".to_owned()));
    }
}
