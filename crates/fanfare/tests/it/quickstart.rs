//! A stranger's first ten minutes: every command of `docs/quickstart.md`, in its order, against the
//! program that was built, with a receiver in each language.
//!
//! Blocks of `sh` are run, `sh background` until the end, `sh receiver` in one language after the
//! other, each with all that follows. What a block of `text expect` shows must be said within
//! [`PATIENCE`]; `…` stands for anything. `sh build` is what has happened when tests run. Ports are
//! free ones.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::server::free_addr;
use crate::verifiers::tool;

/// How long something may take to be said; a receiver may have to be compiled.
const PATIENCE: Duration = Duration::from_secs(120);

/// A fenced block of the page.
struct Block {
    /// What follows the fence.
    info: Vec<String>,
    text: String,
}

fn blocks() -> Vec<Block> {
    let page = fs::read_to_string(root().join("docs/quickstart.md")).unwrap();
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let text: Vec<_> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            let info = info.split(' ').map(str::to_owned).collect();
            blocks.push(Block { info, text: text.join("\n") });
        }
    }
    blocks
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A process with everything that it started, ended when dropped.
struct Background(Child);

impl Drop for Background {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        // What has ended by itself is an error that the test tells of when it misses its words.
        Command::new("kill").args(["-KILL", "--", &group]).status().ok();
        self.0.wait().ok();
    }
}

/// A stranger at the root of the repository.
struct Stranger {
    folder: PathBuf,
    server: SocketAddr,
    receiver: SocketAddr,
    /// What was said by the last command, and by everything that still runs.
    heard: Vec<PathBuf>,
    background: Vec<Background>,
}

impl Stranger {
    fn new(folder: &Path) -> Self {
        symlink(root().join("sdk"), folder.join("sdk")).unwrap();
        fs::write(folder.join("env.sh"), "").unwrap();
        Self {
            folder: folder.to_owned(),
            server: free_addr(),
            receiver: free_addr(),
            heard: Vec::new(),
            background: Vec::new(),
        }
    }

    /// With free ports in the place of those of the page.
    fn here(&self, text: &str) -> String {
        let port = |addr: SocketAddr| addr.port().to_string();
        text.replace("8080", &port(self.server)).replace("3000", &port(self.receiver))
    }

    /// A shell in the folder, whose output goes into a file.
    fn shell(&mut self, script: &str) -> Command {
        let programs = Path::new(env!("CARGO_BIN_EXE_fanfare")).parent().unwrap();
        let python = tool("FANFARE_TEST_PYTHON");
        let python = Path::new(&python).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let path = format!("{}:{}:{path}", programs.display(), python.display());
        let said = self.folder.join(format!("said-{}", self.heard.len()));
        let out = File::create(&said).unwrap();
        self.heard.push(said);
        let mut command = Command::new("bash");
        command.args(["-euc", script]).current_dir(&self.folder).process_group(0);
        command.env("PATH", path).env("FANFARE_LISTEN", self.server.to_string());
        command.env("XDG_CONFIG_HOME", &self.folder).env("TMPDIR", &self.folder);
        command.env("PYTHONPATH", root().join("sdk/python/src"));
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("CARGO_TARGET_DIR", Path::new(&tool("FANFARE_TEST_SDK")).join("cargo"));
        command.env("CARGO_NET_OFFLINE", "true").env("GOPROXY", "off").env("GOFLAGS", "-mod=mod");
        command.stdin(Stdio::null()).stdout(out.try_clone().unwrap()).stderr(out);
        command
    }

    fn run(&mut self, block: &Block) {
        let text = self.here(&block.text);
        let what: Vec<&str> = block.info.iter().map(String::as_str).collect();
        match what.as_slice() {
            ["sh", "build"] => {}
            ["sh"] => {
                // What one command exports, the next ones have.
                let script = format!(". ./env.sh\n{text}\nexport -p > env.sh");
                let status = self.shell(&script).status().unwrap();
                assert!(status.success(), "{text}\n{}", self.said());
            }
            ["sh", "background"] | ["sh", "receiver", _] => {
                let script = format!(". ./env.sh\n{text}");
                let child = self.shell(&script).spawn().unwrap();
                self.background.push(Background(child));
            }
            ["text", "expect"] => text.lines().for_each(|line| self.expect(line)),
            other => panic!("a block of the kind {other:?}"),
        }
    }

    fn expect(&self, wanted: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.said().lines().any(|line| fits(line, wanted)) {
            assert!(Instant::now() < deadline, "nothing says {wanted:?}:\n{}", self.said());
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn said(&self) -> String {
        let texts = self.heard.iter().map(|path| fs::read(path).unwrap());
        texts.map(|text| String::from_utf8_lossy(&text).into_owned() + "\n").collect()
    }
}

/// Whether a line has what is wanted, in its order.
fn fits(mut line: &str, wanted: &str) -> bool {
    wanted.trim().split('…').all(|part| {
        let found = line.find(part);
        line = found.map_or(line, |at| &line[at + part.len()..]);
        found.is_some()
    })
}

#[test]
fn every_command_of_the_quickstart_does_what_it_says() {
    let blocks = blocks();
    let is_receiver = |block: &Block| block.info.get(1).is_some_and(|kind| kind == "receiver");
    let first = blocks.iter().position(is_receiver).unwrap();
    let last = blocks.iter().rposition(is_receiver).unwrap();
    let receivers: Vec<_> = blocks[first..=last].iter().collect();
    assert_eq!(receivers.len(), 6, "each language");
    assert!(receivers.iter().all(|block| is_receiver(block)));
    let folder = tempfile::tempdir().unwrap();
    let mut stranger = Stranger::new(folder.path());
    for block in &blocks[..first] {
        stranger.run(block);
    }
    let (running, heard) = (stranger.background.len(), stranger.heard.len());
    for receiver in receivers {
        stranger.receiver = free_addr();
        stranger.run(receiver);
        for block in &blocks[last + 1..] {
            stranger.run(block);
        }
        stranger.background.truncate(running);
        stranger.heard.truncate(heard);
    }
}

#[test]
fn lines_fit_what_is_shown() {
    assert!(fits("2026  <--  [200] POST http://x (12ms)", "<--  [200] POST … (…ms)"));
    assert!(!fits("2026  <--  [400] POST http://x (12ms)", "<--  [200] POST … (…ms)"));
    assert!(!fits("b a", "a…b"), "in its order");
}
