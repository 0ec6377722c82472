//! One layer over the other, and who set what.

use std::path::{Path, PathBuf};

use super::{Config, ConfigError, Problem, SETTINGS, Setting, Source, Variable};

/// The variable that names the file when `--config` does not.
const FILE_VARIABLE: &str = "FANFARE_CONFIG";
/// The file that is read when nobody names one, if it exists.
const DEFAULT_FILE: &str = "fanfare.toml";
/// Variables with our prefix that are none of ours.
const TEST_PREFIX: &str = "FANFARE_TEST_";
/// Variables of the commands that are clients of a server: no settings of the server itself.
pub(crate) const URL_VARIABLE: &str = "FANFARE_URL";
/// See [`URL_VARIABLE`].
pub(crate) const KEY_VARIABLE: &str = "FANFARE_API_KEY";
/// See [`URL_VARIABLE`].
pub(crate) const PROFILE_VARIABLE: &str = "FANFARE_PROFILE";
/// The file with the profiles. See [`URL_VARIABLE`].
pub(crate) const PROFILES_VARIABLE: &str = "FANFARE_PROFILES";
/// A webhook's secret, for `fanfare verify`. See [`URL_VARIABLE`].
pub(crate) const SECRET_VARIABLE: &str = "FANFARE_SECRET";
/// Stripe's secret key, of `fanfare stripe`.
pub(crate) const STRIPE_KEY_VARIABLE: &str = "FANFARE_STRIPE_KEY";
const OF_CLIENTS: [&str; 6] = [
    URL_VARIABLE,
    KEY_VARIABLE,
    PROFILE_VARIABLE,
    PROFILES_VARIABLE,
    SECRET_VARIABLE,
    STRIPE_KEY_VARIABLE,
];
/// How alike two names must be for one to be suggested for the other; 1 is the same.
const ALIKE: f64 = 0.7;

/// Where values come from.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// The file of `--config`.
    pub(crate) file: Option<PathBuf>,
    /// The environment.
    pub(crate) environment: Vec<Variable>,
    /// Flags: a setting's name and the text given.
    pub(crate) flags: Vec<(&'static str, String)>,
}

/// The configuration, and where it came from.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The values.
    pub(crate) config: Config,
    /// The file that was read.
    pub(crate) file: Option<PathBuf>,
    /// For each setting of [`SETTINGS`], in order: who set it, and its text if it has one.
    pub(crate) origins: Vec<(Source, Option<String>)>,
}

/// The process's environment.
pub(crate) fn environment() -> Vec<Variable> {
    std::env::vars_os().collect()
}

/// A variable of a command that is a client; empty ones count as not set.
pub(crate) fn client_variable(name: &str) -> Option<String> {
    let (_, value) = environment().into_iter().find(|(known, _)| known == name)?;
    value.into_string().ok().filter(|text| !text.is_empty())
}

/// A text for a setting, and where it stands.
struct Given {
    setting: &'static Setting,
    source: Source,
    place: String,
    text: String,
}

/// Reads all layers. Every complaint of every layer is in the error.
pub(crate) fn load(inputs: &Inputs) -> Result<Loaded, ConfigError> {
    let mut problems = Vec::new();
    let mut given = Vec::new();
    let (variables, named) = from_environment(&inputs.environment, &mut problems);
    let file = find_file(inputs.file.as_deref().or(named.as_deref()));
    if let Some(file) = &file {
        from_file(file, &mut given, &mut problems);
    }
    given.extend(variables);
    for (name, text) in &inputs.flags {
        if let Some(setting) = SETTINGS.iter().find(|setting| setting.name == *name) {
            let place = format!("--{}", setting.flag());
            given.push(Given { setting, source: Source::Flag, place, text: text.clone() });
        }
    }
    let mut config = Config::default();
    let mut origins: Vec<_> =
        SETTINGS.iter().map(|each| (Source::Default, each.default.map(str::to_owned))).collect();
    // Every layer is judged, also a value that a later one replaces.
    for Given { setting, source, place, text } in given {
        match (setting.read)(&mut config, &text) {
            Ok(()) => {
                let index = SETTINGS.iter().position(|each| std::ptr::eq(each, setting));
                if let Some(origin) = index.and_then(|index| origins.get_mut(index)) {
                    *origin = (source, Some(text));
                }
            }
            Err(message) => problems.push(Problem { place, message }),
        }
    }
    if problems.is_empty() {
        Ok(Loaded { config, file, origins })
    } else {
        Err(ConfigError(problems))
    }
}

fn find_file(named: Option<&Path>) -> Option<PathBuf> {
    named.map(Path::to_owned).or_else(|| {
        let default = PathBuf::from(DEFAULT_FILE);
        default.exists().then_some(default)
    })
}

/// The values of `FANFARE_` variables, and the file that one of them names. An empty variable
/// counts as not set, as scripts that pass variables on write it.
fn from_environment(
    environment: &[Variable],
    problems: &mut Vec<Problem>,
) -> (Vec<Given>, Option<PathBuf>) {
    let (mut given, mut file) = (Vec::new(), None);
    let mut ours: Vec<_> = environment
        .iter()
        .filter_map(|(name, value)| Some((name.to_str()?, value)))
        .filter(|(name, _)| name.starts_with("FANFARE_") && !name.starts_with(TEST_PREFIX))
        .filter(|(name, _)| !OF_CLIENTS.contains(name))
        .collect();
    ours.sort_unstable();
    for (name, value) in ours {
        let place = format!("environment, {name}");
        if name == FILE_VARIABLE {
            file = (!value.is_empty()).then(|| PathBuf::from(value));
            continue;
        }
        let Some(setting) = SETTINGS.iter().find(|setting| setting.variable == name) else {
            let known = SETTINGS.iter().map(|setting| setting.variable);
            let message = unknown("variable", name, known.chain([FILE_VARIABLE]));
            problems.push(Problem { place, message });
            continue;
        };
        match value.to_str() {
            Some("") => {}
            Some(text) => {
                let text = text.to_owned();
                given.push(Given { setting, source: Source::Environment, place, text });
            }
            None => problems.push(Problem { place, message: "is not UTF-8".to_owned() }),
        }
    }
    (given, file)
}

fn from_file(file: &Path, given: &mut Vec<Given>, problems: &mut Vec<Problem>) {
    let shown = file.display();
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("cannot be read: {error}");
            return problems.push(Problem { place: shown.to_string(), message });
        }
    };
    let table = match text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(error) => {
            // The parser's own report would show the line, and with it perhaps a secret.
            let before = error.span().map_or(0, |span| text[..span.start].matches('\n').count());
            let place = format!("{shown}, line {}", before + 1);
            return problems.push(Problem { place, message: error.message().to_owned() });
        }
    };
    for (key, value) in table {
        let place = format!("{shown}, {key}");
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == key) else {
            let message = unknown("key", &key, SETTINGS.iter().map(|setting| setting.name));
            problems.push(Problem { place, message });
            continue;
        };
        match plain(&value) {
            Some(text) => given.push(Given { setting, source: Source::File, place, text }),
            None => {
                let message = "must be a text, a number, true or false, or a list of texts";
                problems.push(Problem { place, message: message.to_owned() });
            }
        }
    }
}

/// A value of the file as the text that a variable would have; a list with commas.
fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Array(items) => {
            let texts: Option<Vec<_>> = items.iter().map(toml::Value::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}

fn unknown(kind: &str, name: &str, known: impl Iterator<Item = &'static str>) -> String {
    // The common prefix would make every two variables alike.
    let bare = |name: &str| name.trim_start_matches("FANFARE_").to_ascii_lowercase();
    let alike = |each: &'static str| (strsim::jaro_winkler(&bare(name), &bare(each)), each);
    match known.map(alike).max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((likeness, nearest)) if likeness >= ALIKE => {
            format!("there is no such {kind}; did you mean {nearest}?")
        }
        _ => format!("there is no such {kind}; `fanfare config show` lists them all"),
    }
}
