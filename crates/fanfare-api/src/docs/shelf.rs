//! Every page of the documentation: where it is served, where it stands in the repository, and what
//! it says. The repository's file is the page; its relative links lead to pages here.

/// A page that is a Markdown file of the repository.
#[derive(Debug)]
pub(super) struct Page {
    /// What follows `/docs/`.
    pub(super) slug: &'static str,
    /// The file, from the root of the repository.
    pub(super) file: &'static str,
    /// Its name in lists.
    pub(super) name: &'static str,
    /// What it is for, in a line.
    pub(super) about: &'static str,
    /// The file's content.
    pub(super) text: &'static str,
}

/// Pages that belong together.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) pages: &'static [Page],
}

macro_rules! shelf {
    ($($group:literal { $($slug:literal $file:literal $name:literal $about:literal)* })*) => {
        /// All of them, in the order in which they are listed.
        pub(super) const SHELF: &[Group] = &[$(Group {
            name: $group,
            pages: &[$(Page {
                slug: $slug,
                file: $file,
                name: $name,
                about: $about,
                text: include_str!(concat!("../../../../", $file)),
            },)*],
        },)*];
    };
}

shelf! {
    "Start" {
        "quickstart" "docs/quickstart.md" "Quickstart"
            "From nothing to a verified event in ten minutes."
        "concepts" "docs/concepts.md" "Concepts"
            "Events, webhooks, deliveries and attempts, and what is promised."
        "local-development" "docs/local-development.md" "Local development"
            "Events on your machine, tests without a server, and why one does not verify."
    }
    "Receive" {
        "verify" "docs/verify.md" "Receiving webhooks"
            "What arrives, both signatures, and how to answer."
        "events" "docs/events.md" "Events" "Every event type with its fields and an example."
        "retries" "docs/retries.md" "Retries and states"
            "The schedule, what each answer does, and the states of a delivery and a webhook."
        "feed" "docs/feed.md" "The pull feed" "The same events for receivers that cannot be called."
        "automation" "docs/automation.md" "Automation platforms" "n8n, Zapier, Make and Pipedream."
    }
    "Verify in your language" {
        "libraries" "sdk/README.md" "Libraries" "What all of them verify, and every reason."
        "libraries/typescript" "sdk/typescript/README.md" "TypeScript"
            "Node, Deno, Bun and edge runtimes."
        "libraries/python" "sdk/python/README.md" "Python" "With FastAPI as the example."
        "libraries/rust" "sdk/rust/README.md" "Rust" "With axum as the example."
        "libraries/go" "sdk/go/README.md" "Go" "With net/http as the example."
        "libraries/php" "sdk/php/README.md" "PHP" "Without a framework as the example."
        "libraries/ruby" "sdk/ruby/README.md" "Ruby" "With Sinatra as the example."
    }
    "Recipes" {
        "recipes/idempotent-receiver" "docs/recipes/idempotent-receiver.md" "An idempotent receiver"
            "Each event has its effect once, however often it comes."
        "recipes/reconcile" "docs/recipes/reconcile.md" "Reconcile by polling"
            "Notice what never arrived, and fetch it."
        "recipes/go-live" "docs/recipes/go-live.md" "Go-live checklist"
            "What to look at before the first launch."
    }
    "Run launches" {
        "launch" "docs/launch.md" "Launches" "Queues, draws, auctions and orders."
    }
    "Tools" {
        "cli" "docs/cli.md" "Command line" "listen, trigger, events, deliveries and the rest."
        "automation/n8n" "integrations/n8n-nodes-fanfare/README.md" "n8n" "A trigger and an action."
        "automation/zapier" "integrations/zapier/README.md" "Zapier" "A trigger for each event type."
        "automation/make" "integrations/make/README.md" "Make" "An instant trigger and searches."
        "automation/pipedream" "integrations/pipedream/README.md" "Pipedream"
            "Sources that verify signatures."
    }
    "Run the server" {
        "operations" "docs/operations.md" "Operations"
            "Sizing, backups, upgrades, several nodes, moving between stores."
        "configuration" "docs/configuration.md" "Configuration" "Every setting."
        "benchmarks" "docs/benchmarks.md" "Benchmarks" "What it does, measured how."
    }
}

/// A file that pages lead to, served as plain text under `/docs/files/` and its path.
pub(super) const FILES: &[(&str, &str)] = &[
    ("docs/verify/verify.mjs", include_str!("../../../../docs/verify/verify.mjs")),
    ("docs/verify/verify.py", include_str!("../../../../docs/verify/verify.py")),
    ("docs/verify/verify.rs", include_str!("../../../../docs/verify/verify.rs")),
    ("docs/verify/receiver.py", include_str!("../../../../docs/verify/receiver.py")),
    (
        "sdk/typescript/example/server.mjs",
        include_str!("../../../../sdk/typescript/example/server.mjs"),
    ),
    ("sdk/python/example/server.py", include_str!("../../../../sdk/python/example/server.py")),
    ("sdk/rust/examples/server.rs", include_str!("../../../../sdk/rust/examples/server.rs")),
    ("sdk/go/example/main.go", include_str!("../../../../sdk/go/example/main.go")),
    ("sdk/php/example/server.php", include_str!("../../../../sdk/php/example/server.php")),
    ("sdk/ruby/example/server.rb", include_str!("../../../../sdk/ruby/example/server.rb")),
    ("sdk/vectors.json", include_str!("../../../../sdk/vectors.json")),
];

/// All pages, in order.
pub(super) fn pages() -> impl Iterator<Item = &'static Page> {
    SHELF.iter().flat_map(|group| group.pages)
}

/// Where a link of a file leads: outside as it is, inside to the page or file that is served here;
/// `None` when the repository alone has it.
pub(super) fn target(from: &str, link: &str) -> Option<String> {
    if link.starts_with('#') || link.starts_with('/') || link.contains("://") {
        return Some(link.to_owned());
    }
    let (path, place) = link.split_once('#').map_or((link, ""), |(path, place)| (path, place));
    let path = resolve(from, path);
    let served = if let Some(page) = pages().find(|page| page.file == path) {
        format!("/docs/{}", page.slug)
    } else if let Some(code) = path.strip_prefix("docs/errors/") {
        format!("/docs/errors/{}", code.trim_end_matches(".md"))
    } else {
        FILES.iter().find(|(file, _)| *file == path).map(|_| format!("/docs/files/{path}"))?
    };
    Some(if place.is_empty() { served } else { format!("{served}#{place}") })
}

/// A relative path of a file, from the root of the repository.
pub(super) fn resolve(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}
