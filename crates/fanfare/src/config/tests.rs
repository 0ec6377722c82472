use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use super::*;

fn env(pairs: &[(&str, &str)]) -> Vec<Variable> {
    pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

fn with_env(pairs: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    load(&Inputs { file: Some(empty_file()), environment: env(pairs), flags: Vec::new() })
}

/// A file that sets nothing, so that no `fanfare.toml` of the working directory is read.
fn empty_file() -> PathBuf {
    PathBuf::from("/dev/null")
}

fn with_file(text: &str) -> Result<Loaded, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f.toml");
    std::fs::write(&file, text).unwrap();
    load(&Inputs { file: Some(file), ..Inputs::default() })
}

fn complaint(loaded: Result<Loaded, ConfigError>) -> String {
    let error = loaded.expect_err("a complaint");
    assert_eq!(error.0.len(), 1, "{error}");
    error.0[0].message.clone()
}

#[test]
fn the_defaults_in_the_table_are_the_defaults_that_hold() {
    let mut read = Config { log: "debug".to_owned(), ..Config::default() };
    for setting in SETTINGS {
        if let Some(default) = setting.default {
            (setting.read)(&mut read, default).unwrap_or_else(|why| panic!("{default}: {why}"));
        }
    }
    assert_eq!(format!("{read:?}"), format!("{:?}", Config::default()));
}

#[test]
fn names_are_consistent() {
    for setting in SETTINGS {
        assert_eq!(setting.variable, format!("FANFARE_{}", setting.name.to_uppercase()));
        assert!(setting.help.ends_with('.'), "{}", setting.name);
    }
}

#[test]
fn flags_win_over_variables_and_variables_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f.toml");
    std::fs::write(
        &file,
        "listen = \"1.1.1.1:1\"\nretention = \"3d\"\nshutdown_grace = \"3s\"\n\
         target_ports = [\"81\", \"82\"]\nallow_http_targets = true\n",
    )
    .unwrap();
    let loaded = load(&Inputs {
        file: Some(file),
        environment: env(&[("FANFARE_LISTEN", "2.2.2.2:2"), ("FANFARE_RETENTION", "2d")]),
        flags: vec![("listen", "3.3.3.3:3".to_owned())],
    })
    .unwrap();
    let Config { listen, retention, shutdown_grace, .. } = &loaded.config;
    assert_eq!(listen.to_string(), "3.3.3.3:3");
    assert_eq!(*retention, Duration::from_secs(2 * 86_400));
    assert_eq!(*shutdown_grace, Duration::from_secs(3));
    assert_eq!(loaded.config.target_ports, [81, 82]);
    assert!(loaded.config.allow_http_targets);
    let source = |name: &str| {
        let index = SETTINGS.iter().position(|setting| setting.name == name).unwrap();
        loaded.origins[index].0
    };
    assert_eq!(
        ["listen", "retention", "shutdown_grace", "log"].map(source),
        [Source::Flag, Source::Environment, Source::File, Source::Default]
    );
}

#[test]
fn the_variable_names_the_file_when_no_flag_does() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f.toml");
    std::fs::write(&file, "log = \"warn\"").unwrap();
    let environment = env(&[("FANFARE_CONFIG", file.to_str().unwrap())]);
    let loaded = load(&Inputs { environment: environment.clone(), ..Inputs::default() });
    assert_eq!(loaded.unwrap().config.log, "warn");
    let file = Some(empty_file());
    let loaded = load(&Inputs { file, environment, ..Inputs::default() });
    assert_eq!(loaded.unwrap().config.log, "info");
}

#[test]
fn unknown_names_are_refused_and_the_nearest_is_named() {
    for (given, nearest) in [
        ("FANFARE_LISTN", "FANFARE_LISTEN"),
        ("FANFARE_DATABASE", "FANFARE_DATABASE_URL"),
        ("FANFARE_RETRYSCHEDULE", "FANFARE_RETRY_SCHEDULE"),
        ("FANFARE_ALLOW_HTTP_TARGET", "FANFARE_ALLOW_HTTP_TARGETS"),
        ("FANFARE_CONFIGURATION", "FANFARE_CONFIG"),
        ("FANFARE_log", "FANFARE_LOG"),
    ] {
        let message = complaint(with_env(&[(given, "1")]));
        assert!(message.ends_with(&format!("did you mean {nearest}?")), "{given}: {message}");
    }
    let message = complaint(with_env(&[("FANFARE_XYZZY", "1")]));
    assert!(message.contains("lists them all"), "{message}");
    let message = complaint(with_file("retension = \"1d\""));
    assert_eq!(message, "there is no such key; did you mean retention?");
}

#[test]
fn variables_of_tests_of_others_and_empty_ones_are_left_alone() {
    let variables = [("FANFARE_TEST_KILLS", "9"), ("FAN", "1"), ("PATH", "/"), ("FANFARE_LOG", "")];
    assert_eq!(with_env(&variables).unwrap().config.log, "info");
}

#[test]
fn a_value_that_is_not_text_is_refused() {
    let bytes = OsString::from_vec(vec![0xff]);
    let environment = vec![("FANFARE_LOG".into(), bytes)];
    let loaded = load(&Inputs { file: Some(empty_file()), environment, flags: Vec::new() });
    assert_eq!(complaint(loaded), "is not UTF-8");
}

#[test]
fn every_bad_value_is_refused_with_what_would_be_right() {
    for (name, value, expected) in [
        ("FANFARE_LISTEN", "localhost:80", "write an IP address and a port"),
        ("FANFARE_LISTEN", "127.0.0.1", "write an IP address and a port"),
        ("FANFARE_DATABASE_URL", "postgres://db", "postgres://USER:PASSWORD@HOST:PORT/DATABASE"),
        ("FANFARE_DATABASE_SESSIONS", "3", "from 4 to 500"),
        ("FANFARE_ROLES", "api,web", "`web` is not a role"),
        ("FANFARE_DATABASE_URL", "fanfare.db", "write `sqlite:` and a path"),
        ("FANFARE_DATABASE_URL", "sqlite:", "the path of a file"),
        ("FANFARE_DATABASE_URL", "sqlite::memory:", "the path of a file"),
        ("FANFARE_DATABASE_URL", "sqlite:a.db?mode=ro", "without parameters"),
        ("FANFARE_PUBLIC_URL", "hooks.example.com", "is not a URL"),
        ("FANFARE_PUBLIC_URL", "ftp://example.com", "is not a URL"),
        ("FANFARE_ALLOW_PRIVATE_TARGETS", "10.0.0.0", "is not a CIDR"),
        ("FANFARE_ALLOW_PRIVATE_TARGETS", "10.0.0.1/8", "write 10.0.0.0/8"),
        ("FANFARE_ALLOW_HTTP_TARGETS", "yes", "write true or false"),
        ("FANFARE_TARGET_PORTS", "0", "is not a port"),
        ("FANFARE_TARGET_PORTS", "65536", "is not a port"),
        ("FANFARE_NAT64_PREFIXES", "64:ff9b::/95", "is not an IPv6 prefix"),
        ("FANFARE_NAT64_PREFIXES", "10.0.0.0/32", "is not an IPv6 prefix"),
        ("FANFARE_RETRY_SCHEDULE", "1x", "is not a wait"),
        ("FANFARE_REQUEST_TIMEOUT", "30", "write a whole number and ms"),
        ("FANFARE_REQUEST_TIMEOUT", "0s", "must be between 10ms and 2m"),
        ("FANFARE_REQUEST_TIMEOUT", "121s", "must be between 10ms and 2m"),
        ("FANFARE_DISABLE_AFTER", "1s", "must be between 1m and 365d"),
        ("FANFARE_RETENTION", "99999999999999999999d", "write a whole number"),
        ("FANFARE_SHUTDOWN_GRACE", "11m", "must be between 0s and 10m"),
        ("FANFARE_LOG", "=[", "write a level"),
        ("FANFARE_LOG_FORMAT", "xml", "write text or json"),
    ] {
        let message = complaint(with_env(&[(name, value)]));
        assert!(message.contains(expected), "{name}={value}: {message}");
    }
}

#[test]
fn what_is_allowed_is_read_as_meant() {
    let config = with_env(&[
        ("FANFARE_ALLOW_PRIVATE_TARGETS", "10.0.0.0/8, fd00::/8"),
        ("FANFARE_DATABASE_URL", "sqlite:///var/lib/fanfare.db"),
        ("FANFARE_PUBLIC_URL", "https://Hooks.Example.com/x,http://b.example:8080"),
        ("FANFARE_REQUEST_TIMEOUT", "500ms"),
    ]);
    let config = config.unwrap().config;
    assert_eq!(config.allow_private_targets.len(), 2);
    assert_eq!(config.database, Database::Sqlite("/var/lib/fanfare.db".into()));
    let hosts: Vec<_> = config.public_urls.iter().filter_map(|url| url.host_str()).collect();
    assert_eq!(hosts, ["hooks.example.com", "b.example"]);
    assert_eq!(config.request_timeout, Duration::from_millis(500));
}

#[test]
fn secrets_are_never_repeated() {
    const SECRET: &str = "TheSecretThatMustNotBeSeen";
    let wrong =
        with_env(&[("FANFARE_BOOTSTRAP_API_KEY", SECRET), ("FANFARE_ENCRYPTION_KEY", SECRET)]);
    let error = wrong.unwrap_err();
    assert_eq!(error.0.len(), 2);
    assert!(!error.to_string().contains(SECRET) && !format!("{error:?}").contains(SECRET));
    let broken = with_file(&format!("encryption_key = \"{SECRET}\" \"")).unwrap_err();
    assert!(!broken.to_string().contains(SECRET), "{broken}");
    assert!(broken.to_string().contains("line 1"), "{broken}");

    let key = format!("sk_test_{SECRET}");
    let hex = "7".repeat(64);
    let loaded = with_env(&[("FANFARE_BOOTSTRAP_API_KEY", &key), ("FANFARE_ENCRYPTION_KEY", &hex)]);
    let loaded = loaded.unwrap();
    assert!(!loaded.show().contains(SECRET) && !loaded.show().contains(&hex));
    assert!(!format!("{:?}", loaded.config).contains(SECRET));
    assert!(loaded.show().contains("# bootstrap_api_key = \"***\""));
}

#[test]
fn values_of_the_wrong_kind_and_missing_files_are_refused() {
    for text in ["[listen]", "listen = 1.5", "listen = [1]", "listen = 2024-01-01"] {
        assert!(complaint(with_file(text)).starts_with("must be a text"), "{text}");
    }
    assert!(complaint(with_file("a = 1\na = 2")).contains("duplicate key"));
    let inputs = Inputs { file: Some(PathBuf::from("/no/such/file")), ..Inputs::default() };
    assert!(complaint(load(&inputs)).contains("cannot be read"));
}

#[test]
fn what_is_shown_can_be_read_again() {
    let loaded = with_env(&[
        ("FANFARE_ALLOW_HTTP_TARGETS", "true"),
        ("FANFARE_TARGET_PORTS", "81,82"),
        ("FANFARE_LOG", "info,fanfare_delivery=\"debug\""),
    ]);
    // Quotes in a filter are no filter; everything else comes back as it was.
    assert!(loaded.is_err());
    let loaded = with_env(&[("FANFARE_TARGET_PORTS", "81,82"), ("FANFARE_LOG", "warn")]).unwrap();
    let again = with_file(&loaded.show()).unwrap();
    assert_eq!(format!("{:?}", again.config), format!("{:?}", loaded.config));
}

#[test]
fn the_page_about_settings_lists_them_all() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let text = std::fs::read_to_string(page).unwrap();
    let (begin, end) = ("<!-- settings -->\n", "<!-- end of settings -->");
    let (head, rest) = text.split_once(begin).expect("the place where settings begin");
    let (listed, tail) = rest.split_once(end).expect("the place where settings end");
    let wanted: String = SETTINGS.iter().map(section).collect();
    if update() && listed != wanted {
        std::fs::write(page, format!("{head}{begin}{wanted}{end}{tail}")).unwrap();
        return;
    }
    assert_eq!(listed, wanted, "run this test with FANFARE_TEST_UPDATE=1 to write the page");
}

#[expect(clippy::disallowed_methods, reason = "a switch of the test, not configuration")]
fn update() -> bool {
    std::env::var("FANFARE_TEST_UPDATE").is_ok()
}

fn section(setting: &Setting) -> String {
    let default = match (setting.default, setting.secret) {
        (Some(default), _) => format!("Default `{default}`."),
        (None, _) => "Not set by default.".to_owned(),
    };
    let flag = if setting.secret {
        "no flag".to_owned()
    } else {
        format!("flag `--{} {}`", setting.flag(), setting.value)
    };
    let help = format!("{} {}", setting.help, setting.more);
    let text = format!("{} {default}", help.trim_end());
    let lines = wrap(&text, 98).join("\n");
    let Setting { name, variable, .. } = setting;
    format!("\n### `{name}`\n\nVariable `{variable}`, {flag}.\n\n{lines}\n")
}
