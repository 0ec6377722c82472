//! Which crate may stand on which: the direction of the design, held against `cargo metadata`.
//!
//! Only what every build has counts: normal and build dependencies that are not optional. Tests,
//! and features that only tests turn on, may use what they like. A crate that is not in
//! [`MAY_KNOW`] is a violation, so that a new crate is placed on purpose.

use cargo_metadata::{DependencyKind, Metadata};

use super::violation::Violation;

/// The crates of this workspace, and the other crates of this workspace that each may know.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("fanfare-model", &[]),
    ("fanfare-signing", &[]),
    ("fanfare-store", &["fanfare-model"]),
    ("fanfare-sqlite", &["fanfare-model", "fanfare-store"]),
    ("fanfare-postgres", &["fanfare-model", "fanfare-store"]),
    ("fanfare-egress", &["fanfare-model"]),
    ("fanfare-app", &["fanfare-model", "fanfare-signing", "fanfare-store", "fanfare-egress"]),
    ("fanfare-delivery", &["fanfare-model", "fanfare-signing", "fanfare-store", "fanfare-egress"]),
    ("fanfare-api", &["fanfare-model", "fanfare-store", "fanfare-app"]),
    ("fanfare-dashboard", &["fanfare-model", "fanfare-store", "fanfare-app"]),
    ("fanfare-inbound", &["fanfare-model", "fanfare-signing", "fanfare-store", "fanfare-app"]),
    ("fanfare-notify", &["fanfare-model", "fanfare-store", "fanfare-egress", "fanfare-app"]),
    (
        "fanfare",
        &[
            "fanfare-notify",
            "fanfare-model",
            "fanfare-signing",
            "fanfare-store",
            "fanfare-sqlite",
            "fanfare-postgres",
            "fanfare-egress",
            "fanfare-app",
            "fanfare-delivery",
            "fanfare-api",
            "fanfare-dashboard",
            "fanfare-inbound",
        ],
    ),
    ("fanfare-testkit", &["fanfare-model", "fanfare-store"]),
    ("fanfare-testdb", &[]),
    ("fanfare-bench", &["fanfare-signing", "fanfare-testdb", "fanfare-testkit"]),
    ("fanfare-chaos", &["fanfare-model", "fanfare-signing", "fanfare-testdb", "fanfare-testkit"]),
    ("xtask", &["fanfare-testdb"]),
];

/// Packages from outside that only some crates may know, and why.
const ONLY: &[(&[&str], &[&str], &str)] = &[
    (
        &["axum", "utoipa", "utoipa-axum"],
        &["fanfare-api", "fanfare-dashboard", "fanfare-inbound", "fanfare"],
        "the front ends speak HTTP",
    ),
    (&["rusqlite"], &["fanfare-sqlite"], "only backends know SQL"),
    (&["tokio-postgres"], &["fanfare-postgres"], "only backends know SQL"),
    (
        &["hyper", "hyper-util"],
        // The binary's demo publishes to itself and receives from itself.
        &["fanfare-egress", "fanfare-api", "fanfare"],
        "egress is the one way out, the API the one way in",
    ),
    (&["tokio-rustls"], &["fanfare-egress"], "egress is the one way out"),
    (
        &["rustls", "webpki-roots"],
        &["fanfare-egress", "fanfare-postgres"],
        "egress is the one way out; the other is to the operator's own database",
    ),
    (&["lettre"], &["fanfare-notify"], "mails go out by one crate"),
    (
        &["tokio", "tokio-util"],
        &[
            "fanfare-notify",
            "fanfare-sqlite",
            "fanfare-postgres",
            "fanfare-egress",
            "fanfare-app",
            "fanfare-delivery",
            "fanfare-api",
            "fanfare-dashboard",
            "fanfare-inbound",
            "fanfare",
            "fanfare-testkit",
            "fanfare-bench",
            "fanfare-chaos",
        ],
        "model and signing are pure, the store's contract names no runtime",
    ),
    (&["getrandom"], &["fanfare"], "randomness is an argument; the binary hands it in"),
];

/// A crate of the workspace and what it stands on.
#[derive(Debug)]
pub(crate) struct Package {
    name: String,
    /// Normal and build dependencies that are not optional.
    knows: Vec<String>,
}

/// The workspace's crates.
pub(crate) fn packages(metadata: &Metadata) -> Vec<Package> {
    let package = |package: &cargo_metadata::Package| Package {
        name: package.name.to_string(),
        knows: package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development)
            .filter(|dependency| !dependency.optional)
            .map(|dependency| dependency.name.clone())
            .collect(),
    };
    metadata.workspace_packages().into_iter().map(package).collect()
}

/// All edges that may not be.
pub(crate) fn violations(packages: &[Package]) -> Vec<Violation> {
    let ours: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut found = Vec::new();
    for package in packages {
        let Some((_, may_know)) = MAY_KNOW.iter().find(|(name, _)| *name == package.name) else {
            found.push(violation(
                &package.name,
                "is a crate that nothing says the place of".to_owned(),
                "Add it to MAY_KNOW in xtask/src/check/edges.rs and to ARCHITECTURE.md",
            ));
            continue;
        };
        for known in &package.knows {
            if ours.contains(&known.as_str()) && !may_know.contains(&known.as_str()) {
                found.push(violation(
                    &package.name,
                    format!("may not know {known}"),
                    "Turn the dependency round, or put a trait where both may see it",
                ));
            }
            found.extend(outside(&package.name, known));
        }
    }
    found
}

fn outside(name: &str, known: &str) -> Option<Violation> {
    let (_, may, why) = ONLY.iter().find(|(packages, _, _)| packages.contains(&known))?;
    if may.contains(&name) {
        return None;
    }
    let what = format!("may not know {known}: {why}");
    Some(violation(name, what, "Move the code into a crate that may, behind a type of its own"))
}

fn violation(place: &str, what: String, mend: &str) -> Violation {
    Violation { rule: "edge", place: place.to_owned(), what, mend: mend.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, knows: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            knows: knows.iter().map(|known| (*known).to_owned()).collect(),
        }
    }

    #[test]
    fn allowed_edges_pass() {
        let packages = [
            package("fanfare-model", &["serde"]),
            package("fanfare-store", &["fanfare-model", "bytes"]),
            package("fanfare-sqlite", &["fanfare-model", "fanfare-store", "rusqlite", "tokio"]),
        ];
        assert_eq!(violations(&packages), []);
    }

    #[test]
    fn an_edge_against_the_direction_is_found() {
        let packages = [
            package("fanfare-model", &["fanfare-store"]),
            package("fanfare-store", &["fanfare-model"]),
            package("fanfare-testkit", &[]),
            package("fanfare-app", &["fanfare-testkit"]),
        ];
        let found = violations(&packages);
        let lines: Vec<_> = found.iter().map(|one| format!("{} {}", one.place, one.what)).collect();
        assert_eq!(
            lines,
            [
                "fanfare-model may not know fanfare-store",
                "fanfare-app may not know fanfare-testkit"
            ]
        );
    }

    #[test]
    fn packages_from_outside_have_their_place() {
        for (name, known) in [
            ("fanfare-api", "rusqlite"),
            ("fanfare-delivery", "hyper"),
            ("fanfare-model", "tokio"),
            ("fanfare-app", "axum"),
        ] {
            assert_eq!(violations(&[package(name, &[known])]).len(), 1, "{name} {known}");
        }
    }

    #[test]
    fn a_new_crate_must_be_placed() {
        assert_eq!(violations(&[package("fanfare-extra", &[])]).len(), 1);
    }

    #[test]
    fn the_table_has_no_cycle() {
        // Every crate stands only on crates that come without it: peel off those with nothing
        // left to stand on until none is left.
        let mut left: Vec<_> = MAY_KNOW.to_vec();
        while !left.is_empty() {
            let before = left.len();
            let names: Vec<_> = left.iter().map(|(name, _)| *name).collect();
            left.retain(|(_, knows)| knows.iter().any(|known| names.contains(known)));
            assert!(left.len() < before, "a cycle among {names:?}");
        }
    }
}
