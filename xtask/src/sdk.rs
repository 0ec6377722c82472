//! The verification libraries in `sdk/`: what is generated is fresh, and each passes its tests and
//! linters and can be packaged as its registry expects. Builds the example receivers, which the
//! product's tests start.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::setup::TestTools;
use crate::step::run_quietly;

/// The title of the step.
pub(crate) const STEP: &str = "verification libraries: TypeScript, Python, Rust, Go, PHP, Ruby";

/// Where the examples that must be built are put, for `FANFARE_TEST_SDK`.
pub(crate) fn built(root: &Path) -> PathBuf {
    root.join("target/sdk")
}

/// Runs everything; each line of output is a language with the time it took.
///
/// # Errors
/// The command that failed, with what it printed.
#[expect(clippy::disallowed_methods, reason = "how long a language took")]
pub(crate) fn run(root: &Path, tools: &TestTools) -> Result<()> {
    let work = Work { sdk: root.join("sdk"), built: built(root), python: tools.python.clone() };
    std::fs::create_dir_all(&work.built)
        .with_context(|| format!("making {}", work.built.display()))?;
    type Language = fn(&Work) -> Result<()>;
    let languages: [(&str, Language); 7] = [
        ("generated files", Work::generated),
        ("TypeScript", Work::typescript),
        ("Python", Work::python),
        ("Rust", Work::rust),
        ("Go", Work::go),
        ("PHP", Work::php),
        ("Ruby", Work::ruby),
    ];
    for (name, check) in languages {
        let started = Instant::now();
        check(&work).with_context(|| name.to_owned())?;
        println!("   {name}: {:.1} s", started.elapsed().as_secs_f64());
    }
    Ok(())
}

struct Work {
    sdk: PathBuf,
    built: PathBuf,
    python: PathBuf,
}

impl Work {
    /// Runs a command in the folder of a library; quiet unless it fails.
    fn say(&self, library: &str, line: &str) -> Result<()> {
        let mut words = line.split(' ');
        let program = words.next().context("a command has a program")?;
        self.start(library, Command::new(program).args(words))
    }

    fn start(&self, library: &str, command: &mut Command) -> Result<()> {
        let out = self.built.display();
        command
            .current_dir(self.sdk.join(library))
            .env("NO_COLOR", "1")
            .env("CARGO_TARGET_DIR", self.built.join("cargo"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONPATH", self.sdk.join("python/src"))
            .env("MYPYPATH", self.sdk.join("python/src"))
            .env("MYPY_CACHE_DIR", format!("{out}/mypy"))
            .env("RUFF_CACHE_DIR", format!("{out}/ruff"))
            .env("GOFLAGS", "-mod=mod")
            .env("GOPROXY", "off")
            .env("COMPOSER_ALLOW_SUPERUSER", "1")
            .env("RUSTDOCFLAGS", "-D warnings");
        run_quietly(command).map(drop)
    }

    /// With the pinned Python.
    fn with_python(&self, library: &str, line: &str) -> Result<()> {
        self.start(library, Command::new(&self.python).args(line.split(' ')))
    }

    fn generated(&self) -> Result<()> {
        self.with_python("", "generate.py --check")?;
        self.with_python("", "-m ruff format --check --line-length 100 generate.py generator")?;
        self.with_python("", "-m ruff check --line-length 100 --select F,I,B generate.py generator")
    }

    fn typescript(&self) -> Result<()> {
        let library = "typescript";
        self.say(library, "npm run --silent build")?;
        self.say(library, "npm run --silent lint")?;
        self.say(library, "node --test test/vectors.test.mjs")?;
        self.say(library, "npm run --silent test:deno")?;
        self.say(library, "npm run --silent test:bun")?;
        self.say(library, "npm pack --dry-run --ignore-scripts --silent")
    }

    fn python(&self) -> Result<()> {
        let library = "python";
        self.with_python(library, "-m pytest -q -p no:cacheprovider tests")?;
        self.with_python(library, "-m ruff format --check .")?;
        self.with_python(library, "-m ruff check .")?;
        self.with_python(library, "-m mypy")?;
        let packages = self.built.join("python");
        let mut build = Command::new(&self.python);
        build.args(["-m", "build", "--no-isolation", "--outdir"]).arg(packages);
        self.start(library, &mut build)
    }

    fn rust(&self) -> Result<()> {
        let library = "rust";
        self.say(library, "cargo fmt --check")?;
        self.say(library, "cargo clippy --locked --quiet --all-targets -- -D warnings")?;
        let bare = "cargo clippy --locked --quiet --no-default-features --lib -- -D warnings";
        self.say(library, bare)?;
        self.say(library, "cargo test --locked --quiet")?;
        self.say(library, "cargo doc --locked --quiet --no-deps")?;
        self.say(library, "cargo package --locked --quiet --no-verify --allow-dirty")?;
        self.say(library, "cargo build --locked --quiet --example server")?;
        let example = self.built.join("cargo/debug/examples/server");
        let named = self.built.join("rust-example");
        std::fs::copy(&example, &named)
            .map(drop)
            .with_context(|| format!("copying {}", example.display()))
    }

    fn go(&self) -> Result<()> {
        let library = "go";
        let mut unformatted = Command::new("sh");
        unformatted.args(["-c", "gofmt -d . && test -z \"$(gofmt -l .)\""]);
        self.start(library, &mut unformatted)?;
        self.say(library, "go vet ./...")?;
        self.say(library, "go test ./...")?;
        let mut build = Command::new("go");
        build.args(["build", "-o"]).arg(self.built.join("go-example")).arg("./example");
        self.start(library, &mut build)
    }

    fn php(&self) -> Result<()> {
        let library = "php";
        let lint = "find . -name '*.php' -print0 | xargs -0 -n 1 php -l";
        self.start(library, Command::new("sh").args(["-c", lint]))?;
        self.say(library, "phpcs -q")?;
        self.say(library, "php tests/run.php")?;
        self.say(library, "composer validate --strict --no-interaction")
    }

    fn ruby(&self) -> Result<()> {
        let library = "ruby";
        self.say(library, "rubocop --cache false --format quiet")?;
        self.say(library, "ruby -w test/vectors_test.rb")?;
        let mut build = Command::new("gem");
        build.args(["build", "--strict", "fanfare-webhooks.gemspec", "--output"]);
        self.start(library, build.arg(self.built.join("fanfare-webhooks.gem")))
    }
}
