//! The command line: what can be typed, and its help texts.

mod connections;
mod tools;

use std::path::PathBuf;

use clap::{
    Arg, ArgGroup, ArgMatches, Args, Command, CommandFactory as _, FromArgMatches, Parser,
    Subcommand, ValueEnum,
};
use fanfare_model::DistributionId;

use crate::config::{Inputs, SETTINGS, Setting, environment};
use crate::profile::{ProfileWhat, ServerArgs};
use crate::remote::RemoteWhat;

pub(crate) use connections::{ConnectionsWhat, CreateConnectionArgs, ReconcileArgs, StripeWhat};
pub(crate) use tools::{AuditWhat, CreateKeyArgs, KeysWhat, Mode, OrganizationPlace, UserWhat};

const AFTER_HELP: &str = "\
Start here:
  fanfare demo      see a launch and its events delivered, verified and retried, without set-up
  fanfare serve     run the server
  fanfare simulate  play a whole launch against a running server
  fanfare listen    forward events to a program on your machine

Exit status:
  0    done
  1    it failed; the reason is on the standard error
  2    the command line is not valid
  64   the configuration is not valid
  130  a second signal ended it before it was done";

/// Webhooks for product launches: accepts events, delivers them signed, retries them, and shows
/// what happened.
#[derive(Debug, Parser)]
#[command(name = "fanfare", version, after_help = AFTER_HELP, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: What,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// Run the server.
    ///
    /// The first start on an empty database creates an organization and prints its id and its
    /// API key on the standard output, once. Logs go to the standard error. SIGTERM and Ctrl-C
    /// end it in order: no new requests, what is in flight finishes or is given back, the
    /// database is closed. A second signal ends it at once.
    ///
    /// Every setting below can also be a key in the file or a variable; flags win over
    /// variables, variables over the file.
    Serve(ConfigArgs),
    /// See it work: a launch, its events delivered, verified, retried and recorded, without set-up.
    ///
    /// Starts a server on a temporary database and a free port of this machine, one receiver
    /// that verifies every signature and one that fails, and plays a small launch through the
    /// public API, so that events of every type happen. It ends with a summary, and then keeps
    /// serving, with commands to go on by hand. Nothing is left behind.
    Demo(DemoArgs),
    /// Play a launch against a running server.
    ///
    /// Creates consumers and an experience with a queue, a draw and an auction through the public
    /// API, lets everybody join, admits, draws, bids, checks out, pays and cancels, and ends with a
    /// summary. Who does what follows from the seed. Everything that the server says is held
    /// against what was done. What was created stays; webhooks of the organization hear of it all,
    /// so use an organization that is there for trying out.
    ///
    /// The key needs the scopes consumers:write, experiences:write, distributions:write and :read,
    /// orders:write and :read, events:read, webhooks:read and deliveries:read. Progress goes to the
    /// standard error, the summary to the standard output; the status is 1 if anything was not as
    /// promised.
    Simulate(SimulateArgs),
    /// Check a draw.
    Draw {
        #[command(subcommand)]
        what: DrawWhat,
    },
    /// Create, list and revoke API keys, also beside a running server.
    Keys {
        #[command(subcommand)]
        what: KeysWhat,
    },
    /// Invite, list and help people who sign in, also beside a running server.
    User {
        #[command(subcommand)]
        what: UserWhat,
    },
    /// Try out what people are told by mail.
    Notices {
        #[command(subcommand)]
        what: NoticesWhat,
    },
    /// Check or export an organization's audit log, also beside a running server.
    Audit {
        #[command(subcommand)]
        what: AuditWhat,
    },
    /// Create, list, rotate and remove connections to Stripe, Twilio and Resend.
    ///
    /// Through a running server's API; the key needs integrations:read and integrations:write.
    Connections {
        #[command(subcommand)]
        what: ConnectionsWhat,
    },
    /// Fetch from Stripe what never arrived.
    Stripe {
        #[command(subcommand)]
        what: StripeWhat,
    },
    /// Bring a PostgreSQL database's schema up to date.
    ///
    /// The embedded store needs none of this. Steps only go forward and are part of this program;
    /// apply them before you start a server of a new version. Servers of the version before go on
    /// meanwhile.
    Migrate {
        #[command(subcommand)]
        what: MigrateWhat,
    },
    /// Write everything that a stopped server's database holds into a folder.
    ///
    /// The way from the embedded store to PostgreSQL: export, then import. The database is only
    /// read, and no server can start on it meanwhile. Run it again with the same folder when it was
    /// interrupted: it goes on where it stopped. The folder holds customers' data, readable by you
    /// alone; secrets in it stay sealed.
    Export(ExportArgs),
    /// Load an exported folder into an empty PostgreSQL database.
    ///
    /// Apply the schema first (`fanfare migrate apply`), and start servers afterwards: none starts on
    /// a database that has a part. Run it again when it was interrupted: it goes on where it stopped,
    /// nothing is lost or doubled. At the end every row is read back and compared with the export.
    Import(ImportArgs),
    /// Show or check the configuration.
    Config {
        #[command(subcommand)]
        what: ConfigWhat,
    },
    #[command(flatten)]
    Remote(RemoteWhat),
    /// Keep servers and keys under a name, so that commands need neither flag nor variable.
    ///
    /// Flags win over variables, variables over the profile. They are kept in
    /// ~/.config/fanfare/profiles.toml (or the file that FANFARE_PROFILES names), which only you can
    /// read; it is refused when others can.
    Profile {
        #[command(subcommand)]
        what: ProfileWhat,
    },
    /// Print a script that completes commands and flags in your shell.
    ///
    /// bash: fanfare completion bash > ~/.local/share/bash-completion/completions/fanfare;
    /// zsh: fanfare completion zsh > a folder of $fpath, as _fanfare;
    /// fish: fanfare completion fish > ~/.config/fish/completions/fanfare.fish
    Completion {
        /// Which shell.
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the OpenAPI document of the HTTP API.
    Openapi,
    /// Print the version.
    Version,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigWhat {
    /// Print every setting, its value and who set it; secrets are left out.
    Show(ConfigArgs),
    /// Say whether the configuration is valid, and everything that is wrong with it.
    Check(ConfigArgs),
}

/// What to do with the schema.
#[derive(Debug, Subcommand)]
pub(crate) enum MigrateWhat {
    /// Say which steps the database has and which are missing; nothing is changed.
    Plan(ConfigArgs),
    /// Apply the missing steps, all or none; another process doing the same is waited for.
    Apply(ConfigArgs),
    /// Say whether a server of this version would start on the database.
    Verify(ConfigArgs),
}

/// What to do with a draw.
#[derive(Debug, Subcommand)]
pub(crate) enum DrawWhat {
    /// Compute the winners again and compare.
    ///
    /// Takes the draw from a server, with a key that has the scope distributions:read, or from a
    /// file, without any server, and says step by step what it checked. The status is 1 if the
    /// draw does not hold or is not finished.
    Verify(VerifyDrawArgs),
}

/// A draw to verify.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("source").required(true).args(["distribution", "file"]))]
pub(crate) struct VerifyDrawArgs {
    /// The draw, at the server.
    #[arg(long, value_name = "DIST_ID")]
    pub(crate) distribution: Option<DistributionId>,
    /// A file with the draw: what --save writes.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Write what the server published of the draw into a new file, to be checked again later.
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    pub(crate) save: Option<PathBuf>,
    /// How to say it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// A shell that can complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    /// The script.
    pub(crate) fn script(self) -> String {
        let shell = match self {
            Self::Bash => clap_complete::Shell::Bash,
            Self::Zsh => clap_complete::Shell::Zsh,
            Self::Fish => clap_complete::Shell::Fish,
        };
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "fanfare", &mut script);
        String::from_utf8_lossy(&script).into_owned()
    }
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// A launch to play.
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// How many consumers take part.
    #[arg(long, default_value_t = 1_000, value_name = "COUNT",
        value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    pub(crate) consumers: u32,
    /// What they take part in.
    #[arg(long, value_enum, default_value_t = Play::Drop)]
    pub(crate) experience: Play,
    /// Who does what follows from this number.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub(crate) seed: u64,
    /// How many join per second, on time whatever the server does [default: as fast as it answers]
    #[arg(long, value_name = "PER_SECOND", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) rate: Option<u32>,
    /// How many connections are used at most.
    #[arg(long, default_value_t = 64, value_name = "COUNT",
        value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub(crate) connections: u16,
    /// How to print the summary.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// What is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Play {
    /// A queue that everybody joins, a draw that a third enters, and an auction.
    Drop,
    /// A queue alone.
    Queue,
    /// A draw alone, which everybody enters.
    Draw,
    /// An auction alone.
    Auction,
}

/// What to do with notices.
#[derive(Debug, Subcommand)]
pub(crate) enum NoticesWhat {
    /// Send a test mail as configured, and print what the mail server said.
    ///
    /// Needs no database and no running server. The status is 1 if the mail was not taken; what the
    /// mail server answered, or what went wrong, is on the standard error.
    TestMail {
        /// The e-mail address that it goes to.
        #[arg(long, value_name = "ADDRESS")]
        to: String,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

/// What to export.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The folder; it is made, or empty, or one that this command began to fill.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) to: PathBuf,
    #[command(flatten)]
    pub(crate) place: DatabasePlace,
}

/// What to import.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The folder that `fanfare export` wrote.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) from: PathBuf,
    #[command(flatten)]
    pub(crate) place: DatabasePlace,
}

/// Which database.
#[derive(Debug, Args)]
pub(crate) struct DatabasePlace {
    /// The file of settings [default: fanfare.toml, if it exists]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database [default: as configured]
    #[arg(long, visible_alias = "database", value_name = "URL")]
    database_url: Option<String>,
}

impl DatabasePlace {
    /// All layers of the configuration.
    pub(crate) fn inputs(&self) -> Inputs {
        let flags = self.database_url.iter().map(|text| ("database_url", text.clone()));
        Inputs { file: self.config.clone(), environment: environment(), flags: flags.collect() }
    }
}

/// How the demo runs.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// End after the summary, with status 1 if anything was not as promised.
    #[arg(long)]
    pub(crate) exit: bool,
}

/// The file and every setting that may be a flag.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// The file of settings [default: fanfare.toml, if it exists] [env: FANFARE_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingFlags,
}

impl ConfigArgs {
    /// All layers of the configuration.
    pub(crate) fn inputs(&self) -> Inputs {
        Inputs {
            file: self.config.clone(),
            environment: environment(),
            flags: self.settings.0.clone(),
        }
    }
}

/// Flags made from [`SETTINGS`]: name and text of each one given.
#[derive(Debug, Default)]
struct SettingFlags(Vec<(&'static str, String)>);

fn flagged() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(|setting| !setting.secret)
}

impl Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        flagged().fold(command, |command, setting| {
            let default = setting.default.map(|text| format!("[default: {text}]"));
            let default = default.unwrap_or_default();
            let variable = format!("[env: {}]", setting.variable);
            let arg = Arg::new(setting.name)
                .long(setting.flag())
                .value_name(setting.value)
                .help_heading("Settings")
                .help(format!("{} {default}", setting.help))
                .long_help(format!("{} {}\n{default} {variable}", setting.help, setting.more));
            let arg =
                if setting.name == "database_url" { arg.visible_alias("database") } else { arg };
            // `--allow-http-targets` alone means yes.
            let yes = setting.value == "BOOL";
            command.arg(if yes { arg.num_args(0..=1).default_missing_value("true") } else { arg })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let text = |setting: &'static Setting| {
            let text = matches.get_one::<String>(setting.name)?;
            Some((setting.name, text.clone()))
        };
        Ok(Self(flagged().filter_map(text).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
