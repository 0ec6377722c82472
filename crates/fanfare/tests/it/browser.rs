//! The dashboard as people use it: the real binary, Debian's Chromium, and the scenarios in
//! `tests/browser`, each with a server and a receiver of its own.
//!
//! A scenario is told where everything is in `FANFARE_TEST_WORLD`; it fails by its exit status, and
//! what it printed is the test's message. The receiver answers by the path: see [`answer`].

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use fanfare_dashboard::route_table;
use fanfare_testkit::{Answer, Received, Receiver};
use serde_json::{Value, json};

use crate::cli::run;
use crate::serve::Running;
use crate::server::KEY;
use crate::verifiers::tool;

/// Attempts that come so quickly that a delivery is given up while a scenario looks.
const QUICK: (&str, &str) = ("FANFARE_RETRY_SCHEDULE", "0s,50ms,50ms,50ms,50ms,50ms");

/// What a scenario is about.
struct World {
    folder: tempfile::TempDir,
    server: Running,
    receiver: Receiver,
}

impl World {
    fn new(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Running::with_key(folder.path(), variables);
        let receiver = Receiver::start();
        let mended = Arc::new(AtomicBool::new(false));
        receiver.by(move |request| answer(request, &mended));
        Self { folder, server, receiver }
    }

    /// The link that makes the owner, from what the first start printed.
    fn setup(&self) -> &str {
        let link = self.server.greeting.lines().find_map(|line| line.strip_prefix("sign in: "));
        link.expect("the first start prints a link")
    }

    /// A link of `fanfare user`, beside the running server.
    fn link(&self, arguments: &[&str]) -> String {
        let listen = self.server.addr.to_string();
        let variables = [("FANFARE_LISTEN", listen.as_str())];
        let output = run(self.folder.path(), &variables, &[&["user"], arguments].concat());
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().next().unwrap().to_owned()
    }

    fn invitation(&self, role: &str) -> String {
        self.link(&["invite", &format!("{role}@shop.example"), "--role", role])
    }

    /// Plays a scenario to its end; what it printed.
    fn play(&self, scenario: &str, more: Value) -> String {
        let mut told = json!({
            "base": format!("http://{}", self.server.addr),
            "key": KEY,
            "receiver": self.receiver.url(""),
            "setup": self.setup(),
        });
        let more = more.as_object().unwrap().clone();
        told.as_object_mut().unwrap().extend(more);
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
        let output = Command::new("node")
            .arg(scripts.join(scenario))
            .env("FANFARE_TEST_CHROMIUM", tool("FANFARE_TEST_CHROMIUM"))
            .env("FANFARE_TEST_NODE_PATH", tool("FANFARE_TEST_NODE_PATH"))
            .env("FANFARE_TEST_WORLD", told.to_string())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{scenario}:\n{said}{complaint}");
        said
    }
}

/// How the receiver answers: what a path begins with says how.
fn answer(request: &Received, mended: &AtomicBool) -> Answer {
    let path = request.path.trim_start_matches('/');
    let bytes = |bytes: &'static [u8]| Answer::Whole {
        status: 500,
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        body: Bytes::from_static(bytes),
    };
    match path.split('/').next().unwrap_or_default() {
        "mend" => {
            mended.store(true, Ordering::SeqCst);
            Answer::OK
        }
        "until-mended" if mended.load(Ordering::SeqCst) => Answer::OK,
        "until-mended" | "down" => Answer::text(503, "closed for stock-taking"),
        "script" => bytes(b"<script>alert(document.domain)</script>"),
        "svg" => bytes(b"\"><svg onload=alert(1)>"),
        "line" => Answer::Huge { bytes: 10_000_000 },
        "not-utf8" => bytes(b"before\xff\xfeafter"),
        "nul" => bytes(b"before\0after"),
        "bidi" => bytes("before\u{202e}after".as_bytes()),
        _ => Answer::OK,
    }
}

/// Puts a line into the report that `cargo xtask test` prints at the end.
#[expect(clippy::disallowed_methods, reason = "set by `cargo xtask test`, not configuration")]
fn report(text: &str) {
    let Ok(path) = std::env::var("FANFARE_TEST_REPORT") else { return };
    let mut file = std::fs::File::options().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn journey(scripts: bool) {
    let world = World::new(&[]);
    let hook = world.receiver.url("/until-mended");
    world.play("journey.mjs", json!({"scripts": scripts, "hook": hook}));
    assert_eq!(world.receiver.requests().iter().filter(|it| it.path == "/until-mended").count(), 2);
}

#[test]
fn a_failing_webhook_turns_green_while_one_looks() {
    journey(true);
}

#[test]
fn without_scripts_the_same_path_works() {
    journey(false);
}

#[test]
fn roles_see_what_they_may_and_sessions_end() {
    let world = World::new(&[]);
    let links = json!({
        "viewer": world.invitation("viewer"),
        "editor": world.invitation("editor"),
        "admin": world.invitation("admin"),
    });
    world.play("roles.mjs", links);
}

#[test]
fn what_attackers_send_is_shown_as_text() {
    World::new(&[]).play("hostile.mjs", json!({}));
}

#[test]
fn keys_do_what_the_help_says() {
    World::new(&[]).play("keyboard.mjs", json!({}));
}

#[test]
fn the_first_page_is_light() {
    report(&World::new(&[]).play("weight.mjs", json!({})));
}

/// A world with everything that pages can be about, and the table of their routes.
fn staged() -> (World, Value) {
    let world = World::new(&[QUICK]);
    let pages = route_table().into_iter().filter(|route| route.method == "GET");
    let routes: Vec<&str> = pages.map(|route| route.path).collect();
    let told = json!({
        "routes": routes,
        "editor": world.invitation("editor"),
        "viewer": world.invitation("viewer"),
        "admin": world.invitation("admin"),
        "limit": 480_000,
        "command": {
            "program": env!("CARGO_BIN_EXE_fanfare"),
            "folder": world.folder.path(),
            "listen": world.server.addr.to_string(),
        },
    });
    (world, told)
}

#[test]
fn every_page_is_accessible_in_light_and_dark() {
    let (world, told) = staged();
    report(&world.play("accessible.mjs", told));
}

#[test]
#[ignore = "writes docs/screenshots: run by `cargo xtask screenshots`"]
fn screenshots() {
    let (world, mut told) = staged();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/screenshots");
    told["folder"] = folder.to_str().unwrap().into();
    print!("{}", world.play("screenshots.mjs", told));
}
