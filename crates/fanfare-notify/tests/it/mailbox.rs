//! The mail server of the tests: `tests/mailbox.py` as a child process.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

pub(crate) struct Mailbox {
    pub(crate) port: u16,
    folder: TempDir,
    child: Child,
}

/// A file of the tests' data.
pub(crate) fn data(name: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name).display().to_string()
}

impl Mailbox {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let python = std::env::var("FANFARE_TEST_PYTHON");
        let python = python.expect("cargo xtask test sets FANFARE_TEST_PYTHON");
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(python)
            .arg(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/mailbox.py"))
            .arg(folder.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("its port");
        Self { port, folder, child }
    }

    /// Every mail that was kept, by name.
    pub(crate) fn mails(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().flatten();
        let mut paths: Vec<_> = files
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|end| end == "eml"))
            .collect();
        paths.sort();
        paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        // It ends with its standard input; killed all the same, in case it hangs.
        let _ended = (self.child.kill(), self.child.wait());
    }
}

/// A header of a mail, unfolded; `None`: it has none of this name.
pub(crate) fn header(mail: &str, name: &str) -> Option<String> {
    let head = mail.split("\r\n\r\n").next()?.replace("\r\n ", " ").replace("\r\n\t", " ");
    let line = head.split("\r\n").find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.map(str::to_owned)
}
