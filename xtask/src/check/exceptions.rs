//! `xtask/exceptions.txt`: the breaches that are accepted, each with its reason.
//!
//! A line is `rule path reason…`; empty lines and lines that start with `#` are passed over. An
//! exception that no longer excuses anything is itself a violation, so that the list only ever
//! says what is true.

use super::violation::Violation;

/// Where the list is, from the root.
pub(crate) const LIST: &str = "xtask/exceptions.txt";

/// Leaves the violations that `list` does not excuse, and adds those of the list itself.
pub(crate) fn apply(list: &str, violations: Vec<Violation>) -> Vec<Violation> {
    let mut complaints = Vec::new();
    let mut exceptions = Vec::new();
    for line in list.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = line.splitn(3, char::is_whitespace);
        match (words.next(), words.next(), words.next().map(str::trim)) {
            (Some(rule), Some(path), Some(reason)) if !reason.is_empty() => {
                exceptions.push((rule, path));
            }
            _ => complaints.push(complaint(
                format!("the line `{line}` is not `rule path reason`"),
                "Say the rule, the path and why it is excused",
            )),
        }
    }
    let excused = |violation: &Violation, exception: &(&str, &str)| {
        exception.0 == violation.rule && exception.1 == violation.place
    };
    for exception in &exceptions {
        if !violations.iter().any(|violation| excused(violation, exception)) {
            let (rule, path) = exception;
            complaints.push(complaint(
                format!("`{rule} {path}` excuses nothing"),
                "Remove the line: what it excused is gone",
            ));
        }
    }
    let mut left = violations;
    left.retain(|violation| !exceptions.iter().any(|exception| excused(violation, exception)));
    left.extend(complaints);
    left
}

fn complaint(what: String, mend: &str) -> Violation {
    Violation { rule: "exceptions", place: LIST.to_owned(), what, mend: mend.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn too_long(place: &str) -> Violation {
        Violation {
            rule: "size",
            place: place.to_owned(),
            what: String::new(),
            mend: String::new(),
        }
    }

    #[test]
    fn excuses_exactly_the_rule_and_the_path() {
        let list = "# why\n\nsize a.rs a table of one row per code\n";
        assert_eq!(apply(list, vec![too_long("a.rs")]), []);
        let left = apply(list, vec![too_long("a.rs"), too_long("b.rs")]);
        assert_eq!(left, [too_long("b.rs")]);
    }

    #[test]
    fn complains_about_lines_without_reason_or_use() {
        let left = apply("size a.rs\nname a.rs was renamed\n", vec![too_long("a.rs")]);
        let rules: Vec<_> = left.iter().map(|violation| violation.rule).collect();
        assert_eq!(rules, ["size", "exceptions", "exceptions"]);
    }
}
