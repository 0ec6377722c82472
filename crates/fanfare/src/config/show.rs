//! What `fanfare config show` prints: a file that says the same as the configuration in effect.

use std::fmt::Write as _;

use super::value::without_password;
use super::{Loaded, SETTINGS, Source};

/// Width of the comments, in characters.
const WIDTH: usize = 90;

impl Loaded {
    /// Every setting as TOML, with its text for people and who set it. Secrets are left out.
    pub(crate) fn show(&self) -> String {
        let mut out = String::from(
            "# The configuration in effect. It can be saved as fanfare.toml; secrets are left out.\n",
        );
        for (setting, (source, text)) in SETTINGS.iter().zip(&self.origins) {
            out.push('\n');
            let help = format!("{} {}", setting.help, setting.more);
            for line in wrap(help.trim(), WIDTH) {
                let _infallible = writeln!(out, "# {line}");
            }
            let _infallible = writeln!(out, "# From: {}", self.origin(*source, setting.variable));
            let _infallible = match text {
                Some(_) if setting.secret => writeln!(out, "# {} = \"***\"", setting.name),
                Some(text) if text.starts_with("postgres") => {
                    writeln!(out, "{} = {}", setting.name, quoted(&without_password(text)))
                }
                Some(text) => writeln!(out, "{} = {}", setting.name, quoted(text)),
                None => writeln!(out, "# {} = (not set)", setting.name),
            };
        }
        out
    }

    fn origin(&self, source: Source, variable: &str) -> String {
        match (source, &self.file) {
            (Source::Default, _) => "default".to_owned(),
            (Source::File, Some(file)) => file.display().to_string(),
            (Source::File, None) => "file".to_owned(),
            (Source::Environment, _) => format!("environment, {variable}"),
            (Source::Flag, _) => "command line".to_owned(),
        }
    }
}

fn quoted(text: &str) -> String {
    match text {
        "true" | "false" => text.to_owned(),
        _ => toml::Value::String(text.to_owned()).to_string(),
    }
}

/// Breaks a text at spaces into lines of at most so many characters, where it can.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
