//! The command line: what can be typed, and its help texts.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, Parser, Subcommand, ValueEnum};
use fanfare_model::{ApiKeyId, OrganizationId, Scope};

use crate::config::{Inputs, SETTINGS, Setting, environment};

const AFTER_HELP: &str = "\
Start here:
  fanfare demo     see events delivered, verified, retried and recorded, without set-up
  fanfare serve    run the server

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
    /// See it work: events delivered, verified, retried and recorded, without set-up.
    ///
    /// Starts a server on a temporary database and a free port of this machine, one receiver
    /// that verifies every signature and one that fails, and publishes events of every type
    /// through the public API. It ends with a summary, and then keeps serving, with commands to
    /// go on by hand. Nothing is left behind.
    Demo(DemoArgs),
    /// Create, list and revoke API keys, also beside a running server.
    Keys {
        #[command(subcommand)]
        what: KeysWhat,
    },
    /// Show or check the configuration.
    Config {
        #[command(subcommand)]
        what: ConfigWhat,
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

/// What to do with API keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysWhat {
    /// Create a key and print it, once.
    Create(CreateKeyArgs),
    /// List the keys, revoked ones included.
    List {
        #[command(flatten)]
        place: KeysPlace,
        /// Print JSON, one key per line.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key: a running server refuses it within a second.
    Revoke {
        /// The key's id.
        #[arg(value_name = "KEY_ID")]
        id: ApiKeyId,
        #[command(flatten)]
        place: KeysPlace,
    },
}

/// A key to create.
#[derive(Debug, Args)]
pub(crate) struct CreateKeyArgs {
    /// A name for people.
    #[arg(long)]
    pub(crate) name: String,
    /// What it may do, separated by commas [default: everything]
    #[arg(long, value_delimiter = ',', value_name = "SCOPES", value_parser = parse_scope)]
    pub(crate) scopes: Vec<Scope>,
    /// Whether it begins with sk_live_ or sk_test_.
    #[arg(long, value_enum, default_value_t = Mode::Live)]
    pub(crate) mode: Mode,
    #[command(flatten)]
    pub(crate) place: KeysPlace,
}

/// Where keys are.
#[derive(Debug, Args)]
pub(crate) struct KeysPlace {
    /// The organization [default: the oldest]
    #[arg(long, value_name = "ORG_ID")]
    pub(crate) organization: Option<OrganizationId>,
    /// The file of settings [default: fanfare.toml, if it exists]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database [default: as configured]
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

impl KeysPlace {
    /// All layers of the configuration.
    pub(crate) fn inputs(&self) -> Inputs {
        let flags = self.database_url.iter().map(|text| ("database_url", text.clone()));
        Inputs { file: self.config.clone(), environment: environment(), flags: flags.collect() }
    }
}

/// Live or test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    Live,
    Test,
}

fn parse_scope(text: &str) -> Result<Scope, String> {
    text.parse().map_err(|error: fanfare_model::ParseScopeError| error.to_string())
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
