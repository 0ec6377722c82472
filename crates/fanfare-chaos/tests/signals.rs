//! What the program leaves behind when it is asked to end in the middle of a scenario.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::time::Instant;

/// For whatever is waited for here.
const LONG: Duration = Duration::from_secs(30);

#[test]
fn no_disk_stays_mounted() {
    let folder = tempfile::tempdir().expect("a folder");
    // A node that is never ready: the scenario waits for it with its disk mounted.
    let node = folder.path().join("node");
    let options = std::fs::File::options().write(true).create_new(true).mode(0o755).open(&node);
    options.expect("a file").write_all(b"#!/bin/sh\nexec sleep 60\n").expect("written");
    for signal in ["INT", "TERM"] {
        let mut chaos = Command::new(env!("CARGO_BIN_EXE_fanfare-chaos"))
            .args(["--minutes", "1", "--only", "T6 disk full (sqlite)", "--binary"])
            .arg(&node)
            .env("TMPDIR", folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        let name = format!("fanfare-chaos-{} ", chaos.id());
        let mounted = || std::fs::read_to_string("/proc/mounts").expect("mounts").contains(&name);
        let begin = Instant::now();
        let ended = loop {
            if let Some(status) = chaos.try_wait().expect("a status") {
                break Some(status);
            }
            if mounted() {
                break None;
            }
            assert!(begin.elapsed() < LONG, "nothing is mounted");
            std::thread::sleep(Duration::from_millis(10));
        };
        if ended.is_some_and(|status| status.success()) {
            return; // Only root may mount.
        }
        assert_eq!(ended, None, "it ended by itself");
        let mut kill = Command::new("kill");
        kill.arg(format!("-{signal}")).arg(chaos.id().to_string());
        assert!(kill.status().is_ok_and(|status| status.success()));
        while chaos.try_wait().expect("a status").is_none() {
            assert!(begin.elapsed() < LONG, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(!mounted(), "SIG{signal} left a disk mounted");
    }
}
