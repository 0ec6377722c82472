//! What the command line says: help, complaints, exit status.

use std::path::Path;
use std::process::{Command, Output};

/// Runs the binary in a folder, with these variables and nothing else of the environment.
pub(crate) fn run(folder: &Path, variables: &[(&str, &str)], args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fanfare"));
    command.current_dir(folder).env_clear().envs(variables.iter().copied()).args(args);
    command.output().unwrap()
}

/// Exit status and both outputs, as a snapshot shows them.
fn told(variables: &[(&str, &str)], args: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), variables, args);
    let text = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(!text.contains('\x1b'), "no colours where there is no terminal: {text}");
        text
    };
    format!(
        "status: {}\n--- stdout\n{}--- stderr\n{}",
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr)
    )
}

/// Every command there is, found in the help texts themselves: none can be forgotten.
fn commands(path: &[String], found: &mut Vec<Vec<String>>) {
    found.push(path.to_vec());
    let mut args: Vec<&str> = path.iter().map(String::as_str).collect();
    args.push("-h");
    let help = told(&[], &args);
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    for line in listed.take_while(|line| !line.is_empty()) {
        // A line without a name goes on with the one before.
        let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '));
        let name = name.and_then(|rest| rest.split_whitespace().next());
        if let Some(name) = name.filter(|name| *name != "help") {
            commands(&[path, &[name.to_owned()]].concat(), found);
        }
    }
}

#[test]
fn help_texts() {
    let mut all = Vec::new();
    commands(&[], &mut all);
    assert!(all.len() > 55, "{}", all.len());
    for path in &all {
        let mut args: Vec<_> = path.iter().map(String::as_str).collect();
        args.push("--help");
        let name = [&["help".to_owned()], path.as_slice()].concat().join("_").replace('-', "_");
        insta::assert_snapshot!(name, told(&[], &args));
    }
    insta::assert_snapshot!("help_serve_short", told(&[], &["serve", "-h"]));
    insta::assert_snapshot!("migrate_embedded", told(&[], &["migrate", "plan"]));
    insta::assert_snapshot!("no_command", told(&[], &[]));
}

#[test]
fn complaints_of_what_asks_a_server() {
    let key = [("FANFARE_API_KEY", "sk_test_x")];
    for (name, variables, args) in [
        ("events_without_key", &[][..], &["events", "list"][..]),
        ("trigger_bad_override", &key, &["trigger", "order.paid", "--override", "type=x"]),
        ("deliveries_resend_nothing", &key, &["deliveries", "resend"]),
        ("events_bad_since", &key, &["events", "list", "--since", "yesterday"]),
        ("verify_without_headers", &[], &["verify", "--secret", "whsec_your_secret_key"]),
        ("verify_bad_secret", &[], &["verify", "--secret", "short"]),
        ("profile_bad_name", &[], &["profile", "add", "My Shop"]),
        ("profile_without_place", &[], &["profile", "use", "shop"]),
        ("profile_unknown", &[("FANFARE_PROFILE", "shop")], &["events", "list"]),
        ("listen_bad_url", &key, &["listen", "--forward-to", "http://a b"]),
        ("listen_nowhere", &key, &["listen", "--url", "http://127.0.0.1:1"]),
    ] {
        insta::assert_snapshot!(name, told(variables, args));
    }
}

#[test]
fn shells_are_completed() {
    for shell in ["bash", "zsh", "fish"] {
        let script = told(&[], &["completion", shell]);
        assert!(script.starts_with("status: 0\n"), "{script}");
        for word in ["rotate-secret", "print-secret", "simulate"] {
            assert!(script.contains(word), "{shell} completes {word}");
        }
    }
}

#[test]
fn complaints_about_the_command_line() {
    insta::assert_snapshot!("unknown_command", told(&[], &["serv"]));
    insta::assert_snapshot!("unknown_flag", told(&[], &["serve", "--retension", "1d"]));
    let scopes = ["keys", "create", "--name", "ci", "--scopes", "events:write,order:read"];
    insta::assert_snapshot!("unknown_scope", told(&[], &scopes));
    insta::assert_snapshot!("bad_key_id", told(&[], &["keys", "revoke", "key_1"]));
    // A secret on the command line could be read by every user of the machine.
    let status = told(&[], &["serve", "--encryption-key", "x"]);
    assert!(status.starts_with("status: 2\n"), "{status}");
}

#[test]
fn complaints_about_the_configuration() {
    let wrong = [
        ("FANFARE_LISTN", "127.0.0.1:1"),
        ("FANFARE_DATABASE_URL", "postgres://user:geheim@db"),
        ("FANFARE_ROLES", "api,deliver"),
        ("FANFARE_ENCRYPTION_KEY", "short"),
        ("FANFARE_TEST_ANYTHING", "is ignored"),
    ];
    insta::assert_snapshot!("config_wrong", told(&wrong, &["config", "check"]));
    insta::assert_snapshot!(
        "serve_wrong_config",
        told(&[], &["serve", "--retry-schedule", "0s,1 minute", "--retention", "1m"])
    );
    insta::assert_snapshot!(
        "config_file_missing",
        told(&[], &["config", "check", "--config", "no-such.toml"])
    );
    insta::assert_snapshot!("config_right", told(&[], &["config", "check"]));
}

#[test]
fn complaints_about_a_server() {
    insta::assert_snapshot!("simulate_without_key", told(&[], &["simulate"]));
    let key = ("FANFARE_API_KEY", "sk_test_abcdefghijklmnopqrstuvwxyz");
    let nowhere = [key, ("FANFARE_URL", "http://127.0.0.1:1")];
    insta::assert_snapshot!("simulate_nowhere", told(&nowhere, &["simulate"]));
    insta::assert_snapshot!("simulate_no_url", told(&[key], &["simulate", "--url", "shop"]));
    insta::assert_snapshot!("simulate_too_few", told(&[key], &["simulate", "--consumers", "9"]));
    // Variables of a client say nothing wrong about a server.
    assert!(told(&nowhere, &["config", "check"]).starts_with("status: 0\n"));
}

#[test]
fn complaints_about_a_draw() {
    insta::assert_snapshot!("draw_of_nothing", told(&[], &["draw", "verify"]));
    let both = ["draw", "verify", "--file", "a", "--save", "b"];
    insta::assert_snapshot!("draw_saved_from_file", told(&[], &both));
    let missing = ["draw", "verify", "--file", "no-such.json"];
    insta::assert_snapshot!("draw_file_missing", told(&[], &missing));
}

#[test]
fn the_configuration_in_effect() {
    let variables = [
        ("FANFARE_LOG_FORMAT", "json"),
        ("FANFARE_BOOTSTRAP_API_KEY", "sk_test_abcdefghijklmnopqrstuvwxyz"),
    ];
    let flags = ["config", "show", "--retry-schedule", "0s,1s", "--allow-http-targets"];
    insta::assert_snapshot!("config_show", told(&variables, &flags));
}

#[test]
fn a_file_in_the_working_directory_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("fanfare.toml"), "listen = \"127.0.0.1:1\"\n").unwrap();
    let output = run(folder.path(), &[], &["config", "show"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("# From: fanfare.toml\nlisten = \"127.0.0.1:1\"\n"), "{text}");
}

#[test]
fn documents_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &[], &["openapi"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["openapi"].as_str().map(|text| &text[..3]), Some("3.1"));
    let output = run(folder.path(), &[], &["version"]);
    let version = concat!("fanfare ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), version);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is created");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fanfare"))
        .arg("openapi")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
