//! What the tests need beyond Rust and a C compiler, and how it gets there.
//!
//! Programs come from apt, when there is an apt and we are root or may use sudo without being
//! asked; otherwise the error says what to install. `apt-get update` only runs when something is
//! missing. Libraries (Python, Node) are pinned in `xtask/tools/` and are installed under
//! `target/test-tools/`, again only when the pins changed; what the TypeScript library is built
//! with is pinned in its folder and installed there. Nothing is installed anywhere else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use fanfare_testdb::Cluster;

use crate::step::{run, run_quietly, works};

/// A program that the tests use.
struct Program {
    /// What it is called when it is missing.
    name: &'static str,
    /// Packages of Debian and Ubuntu that bring it.
    packages: &'static [&'static str],
    /// A command that ends with status 0 when it is there.
    proof: &'static [&'static str],
}

/// The title of the step that runs [`programs`].
pub(crate) const PROGRAMS_STEP: &str =
    "programs: git, libfaketime, Node, npm, Chromium, PostgreSQL, Python, Go, PHP, Ruby";

/// The browser, as Debian calls it.
const CHROMIUM: &str = "chromium";

const PROGRAMS: &[Program] = &[
    Program { name: "git", packages: &["git"], proof: &["git", "--version"] },
    Program {
        name: "libfaketime",
        packages: &["faketime"],
        proof: &["sh", "-c", "ls /usr/lib/*/faketime/libfaketimeMT.so.1"],
    },
    Program {
        // playwright-core asks for it. Debian 12 has an older one: there the error says what to do.
        name: "Node 20 or newer",
        packages: &["nodejs"],
        proof: &["node", "-e", "process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)"],
    },
    Program { name: "npm", packages: &["npm"], proof: &["npm", "--version"] },
    Program { name: "Chromium", packages: &["chromium"], proof: &[CHROMIUM, "--version"] },
    Program {
        name: "PostgreSQL",
        packages: &["postgresql"],
        proof: &["sh", "-c", "ls /usr/lib/postgresql/*/bin/initdb || command -v initdb"],
    },
    Program {
        name: "Python 3.11 or newer with venv",
        packages: &["python3", "python3-venv"],
        proof: &[
            "python3",
            "-c",
            "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))",
        ],
    },
    Program {
        name: "Go 1.19 or newer",
        packages: &["golang-go"],
        proof: &[
            "sh",
            "-c",
            "go version | grep -Eq 'go1\\.(19|[2-9][0-9])|go[2-9]' && gofmt -h 2>&1",
        ],
    },
    Program {
        name: "PHP 8.1 or newer",
        packages: &["php-cli"],
        proof: &["php", "-r", "exit(PHP_VERSION_ID >= 80100 ? 0 : 1);"],
    },
    Program {
        name: "Composer",
        packages: &["composer"],
        proof: &["env", "COMPOSER_ALLOW_SUPERUSER=1", "composer", "--version"],
    },
    Program {
        name: "PHP_CodeSniffer",
        packages: &["php-codesniffer", "php-xml"],
        proof: &["phpcs", "--version"],
    },
    Program {
        name: "Ruby 3.0 or newer with minitest, Sinatra and WEBrick",
        packages: &["ruby", "ruby-minitest", "ruby-sinatra", "ruby-webrick"],
        proof: &[
            "ruby",
            "-e",
            "require 'minitest'; require 'sinatra/base'; require 'webrick'; \
             exit(RUBY_VERSION >= '3.0')",
        ],
    },
    Program { name: "RuboCop", packages: &["rubocop"], proof: &["rubocop", "--version"] },
];

/// Components of the Rust toolchain, with the command that proves each.
const COMPONENTS: &[(&str, &[&str])] =
    &[("rustfmt", &["cargo", "fmt", "--version"]), ("clippy", &["cargo", "clippy", "--version"])];

/// What the tests are told about the tools.
pub(crate) struct TestTools {
    /// A Python that can import the pinned packages.
    pub(crate) python: PathBuf,
    /// A `node_modules` folder with the pinned packages, for `NODE_PATH` or `createRequire`.
    pub(crate) node_path: PathBuf,
    /// The browser that pages are tested with.
    pub(crate) chromium: PathBuf,
    /// Where tests leave lines for the end of the run, in a file that may not exist yet.
    pub(crate) report: PathBuf,
    /// A server on which tests make databases of their own.
    pub(crate) postgres: Cluster,
    /// A folder with the built example receivers of the verification libraries.
    pub(crate) sdk: PathBuf,
}

impl TestTools {
    /// Hands the tools to a test run: `FANFARE_TEST_PYTHON`, `FANFARE_TEST_NODE_PATH`,
    /// `FANFARE_TEST_CHROMIUM`, `FANFARE_TEST_REPORT` and `FANFARE_TEST_SDK`, all absolute, and
    /// `FANFARE_TEST_POSTGRES`, a URL.
    pub(crate) fn tell(&self, command: &mut Command) {
        command.env("FANFARE_TEST_PYTHON", &self.python);
        command.env("FANFARE_TEST_NODE_PATH", &self.node_path);
        command.env("FANFARE_TEST_CHROMIUM", &self.chromium);
        command.env("FANFARE_TEST_REPORT", &self.report);
        command.env("FANFARE_TEST_SDK", &self.sdk);
        command.env("FANFARE_TEST_POSTGRES", self.postgres.url("postgres"));
    }
}

/// Makes sure that the toolchain has what `check` uses.
///
/// # Errors
/// When a component is missing and there is no rustup to add it.
pub(crate) fn toolchain() -> Result<()> {
    for (component, proof) in COMPONENTS {
        if proves(proof) {
            continue;
        }
        if !works("rustup", &["--version"]) {
            bail!(
                "{component} is missing: install the component {component} of your Rust toolchain"
            );
        }
        run(Command::new("rustup").args(["component", "add", component]))?;
    }
    Ok(())
}

/// Makes sure that every program is there.
///
/// # Errors
/// When one is missing and cannot be installed; the text says what to install.
pub(crate) fn programs() -> Result<()> {
    let missing: Vec<&Program> = PROGRAMS.iter().filter(|program| !proves(program.proof)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|program| program.name).collect();
    let packages: Vec<&str> =
        missing.iter().flat_map(|program| program.packages.iter().copied()).collect();
    println!("   missing: {}", names.join(", "));
    let Some(prefix) = apt() else {
        bail!(
            "missing: {}. Install them (on Debian and Ubuntu: sudo apt-get install {})",
            names.join(", "),
            packages.join(" ")
        );
    };
    run(apt_get(prefix).arg("update").arg("-qq"))?;
    run(apt_get(prefix).args(["install", "-y", "-qq", "--no-install-recommends"]).args(&packages))?;
    match missing.iter().find(|program| !proves(program.proof)) {
        None => Ok(()),
        Some(program) => bail!(
            "{} is still missing after installing {}; install it by hand",
            program.name,
            program.packages.join(" ")
        ),
    }
}

/// Installs the pinned libraries under `target/test-tools/`, if they are not there yet, and starts a
/// PostgreSQL of our own in a temporary folder, which ends with this process.
///
/// # Errors
/// When pip or npm fails.
pub(crate) fn tools(root: &Path) -> Result<TestTools> {
    let pins = root.join("xtask/tools");
    let home = root.join("target/test-tools");
    let python_home = home.join("python");
    install(&python_home, &[&pins.join("requirements.txt")], || python(&python_home, &pins))?;
    let node_home = home.join("node");
    let node_pins =
        [pins.join("package.json"), pins.join("package-lock.json"), pins.join(".npmrc")];
    let node_pins: Vec<&Path> = node_pins.iter().map(PathBuf::as_path).collect();
    install(&node_home, &node_pins, || node(&node_home, &node_pins))?;
    let sdk = root.join("sdk/typescript");
    let sdk_pins = ["package.json", "package-lock.json", ".npmrc"].map(|name| sdk.join(name));
    let sdk_pins: Vec<&Path> = sdk_pins.iter().map(PathBuf::as_path).collect();
    install(&sdk.join("node_modules"), &sdk_pins, || npm_ci(&sdk))?;
    Ok(TestTools {
        python: python_home.join("bin/python"),
        node_path: node_home.join("node_modules"),
        chromium: found(CHROMIUM)?,
        report: home.join("report.txt"),
        // What tests write need not survive a crash of the machine.
        postgres: Cluster::start(&["fsync=off"]),
        sdk: crate::sdk::built(root),
    })
}

/// Runs `work` into an empty folder unless the folder was made from the same pins.
///
/// # Errors
/// What `work` returns; then the next call does it again.
pub(crate) fn install(
    home: &Path,
    pins: &[&Path],
    work: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let mut wanted = String::new();
    for pin in pins {
        wanted += &fs::read_to_string(pin).with_context(|| format!("reading {}", pin.display()))?;
    }
    let stamp = home.join("installed-from");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    if home.exists() {
        fs::remove_dir_all(home).with_context(|| format!("clearing {}", home.display()))?;
    }
    fs::create_dir_all(home).with_context(|| format!("making {}", home.display()))?;
    work()?;
    // Written last, so that an installation that was cut off is done again.
    fs::write(&stamp, wanted).with_context(|| format!("writing {}", stamp.display()))
}

/// Where a program is.
fn found(program: &str) -> Result<PathBuf> {
    let path = run_quietly(Command::new("sh").args(["-c", &format!("command -v {program}")]))?;
    Ok(PathBuf::from(path.trim()))
}

fn python(home: &Path, pins: &Path) -> Result<()> {
    run_quietly(Command::new("python3").args(["-m", "venv"]).arg(home))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"];
    let requirements = pins.join("requirements.txt");
    run_quietly(Command::new(home.join("bin/python")).args(pip).arg(requirements)).map(drop)
}

fn node(home: &Path, pins: &[&Path]) -> Result<()> {
    for pin in pins {
        let name = pin.file_name().context("a pin is a file")?;
        fs::copy(pin, home.join(name)).with_context(|| format!("copying {}", pin.display()))?;
    }
    npm_ci(home)
}

/// Installs exactly the lock file of a folder; scripts of packages are not run.
///
/// # Errors
/// When npm fails.
pub(crate) fn npm_ci(folder: &Path) -> Result<()> {
    let ci = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    run_quietly(Command::new("npm").args(ci).current_dir(folder)).map(drop)
}

fn proves(proof: &[&str]) -> bool {
    let [program, arguments @ ..] = proof else { return false };
    works(program, arguments)
}

/// How apt can be used here: `Some(true)` with sudo, `Some(false)` as root, `None` not at all.
fn apt() -> Option<bool> {
    if !works("apt-get", &["--version"]) {
        return None;
    }
    if run_quietly(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        return Some(false);
    }
    works("sudo", &["-n", "true"]).then_some(true)
}

fn apt_get(sudo: bool) -> Command {
    let mut command = Command::new(if sudo { "sudo" } else { "env" });
    if sudo {
        command.args(["-n", "env"]);
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    command
}
