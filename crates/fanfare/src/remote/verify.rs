//! `fanfare verify`: verifies the signatures of a request that was received, without a server.

use std::fs;
use std::io::{self, Read as _};

use anyhow::{Context as _, bail};
use fanfare_signing::{Secret, StandardMessage, VerifyError, verify_fanfare, verify_standard};
use serde_json::json;

use super::args::VerifyArgs;
use crate::cli::Format;
use crate::clock::system_clock;
use crate::config::{SECRET_VARIABLE, client_variable};
use crate::exit::{Exit, Failure};
use crate::output;
use crate::screen::Screen;

/// What came of one header family.
struct Checked {
    name: &'static str,
    /// Why it does not verify; `None`: it does.
    why: Option<String>,
}

/// Verifies and tells.
pub(super) fn run(args: &VerifyArgs) -> Result<Exit, Failure> {
    let mut texts = args.secret.clone();
    texts.extend(client_variable(SECRET_VARIABLE));
    let secrets = texts.iter().map(|text| Secret::parse(text)).collect::<Result<Vec<_>, _>>();
    let secrets = secrets.context("the secret is none")?;
    let body = body(args)?;
    let checked = check(args, &headers(args)?, &body, &secrets)?;
    let holds = checked.iter().all(|one| one.why.is_none());
    output::print(&match args.format {
        Format::Text => text(&checked),
        Format::Json => json(&checked, holds),
    })?;
    Ok(if holds { Exit::Done } else { Exit::Failed })
}

fn body(args: &VerifyArgs) -> anyhow::Result<Vec<u8>> {
    if let Some(path) = &args.body {
        return fs::read(path).with_context(|| format!("{} cannot be read", path.display()));
    }
    let mut body = Vec::new();
    io::stdin().read_to_end(&mut body).context("the standard input cannot be read")?;
    Ok(body)
}

fn headers(args: &VerifyArgs) -> anyhow::Result<Vec<(String, String)>> {
    let mut headers = args.header.clone();
    if let Some(path) = &args.headers {
        let text = fs::read_to_string(path);
        let text = text.with_context(|| format!("{} cannot be read", path.display()))?;
        for line in text.lines() {
            // A request line and other lines without a colon are passed over.
            if let Some((name, value)) = line.split_once(':') {
                headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
    }
    Ok(headers)
}

fn check(
    args: &VerifyArgs,
    headers: &[(String, String)],
    body: &[u8],
    secrets: &[Secret],
) -> anyhow::Result<Vec<Checked>> {
    let secrets: Vec<_> = secrets.iter().collect();
    let header = |name: &str| {
        let found = headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_bytes())
    };
    let mut checked = Vec::new();
    let mut note = |name, result: Result<(), VerifyError>| {
        let why = result.err().map(|error| reason(error, body));
        checked.push(Checked { name, why });
    };
    let fanfare = header("x-fanfare-signature");
    let standard = header("webhook-signature");
    if fanfare.is_none() && standard.is_none() {
        bail!(
            "neither X-Fanfare-Signature nor webhook-signature is among the headers: give them with \
             --header or --headers"
        );
    }
    if secrets.is_empty() {
        bail!("no secret: give --secret or set FANFARE_SECRET");
    }
    if fanfare.is_some() {
        note("X-Fanfare-Signature", verify_fanfare(body, fanfare, &secrets));
    }
    if standard.is_some() {
        let message = StandardMessage {
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp"),
            signature: standard,
            body,
        };
        let now = system_clock().now().as_unix_seconds();
        let tolerance = if args.tolerance == 0 { u32::MAX } else { args.tolerance };
        note("webhook-signature", verify_standard(&message, &secrets, now, tolerance));
    }
    Ok(checked)
}

/// The error, and the likely mistake behind it.
fn reason(error: VerifyError, body: &[u8]) -> String {
    let hint = match error {
        VerifyError::Mismatch => mismatch(body),
        VerifyError::Stale { .. } => {
            "; is it an old request? --tolerance 0 accepts it, a receiver should not"
        }
        VerifyError::Future { .. } => "; is this machine's clock right?",
        VerifyError::NoUsableSecret => {
            "; Standard Webhooks needs a secret of the form whsec_ and base64"
        }
        _ => "",
    };
    format!("{error}{hint}")
}

fn mismatch(body: &[u8]) -> &'static str {
    let Ok(text) = std::str::from_utf8(body) else {
        return ": the body is not UTF-8, so it is not the body that was sent";
    };
    if text.trim() != text {
        return ": the body begins or ends with white space, which the body that was sent does not; \
                an editor or `echo` adds a line end";
    }
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else {
        return ": the body is not JSON, so it is not the body that was sent";
    };
    let written = value.to_string();
    if written == text {
        return ": another secret, or the body was changed; is it the secret of this webhook?";
    }
    ": the body was written anew by a JSON library (spaces or escapes differ); keep the bytes as they \
     were received"
}

fn text(checked: &[Checked]) -> String {
    let screen = Screen::new();
    let line = |one: &Checked| {
        let mark = screen.mark(one.why.is_none());
        let what = one.why.as_deref().unwrap_or("verifies");
        format!("{mark} {}: {what}\n", one.name)
    };
    checked.iter().map(line).collect()
}

fn json(checked: &[Checked], holds: bool) -> String {
    let one = |one: &Checked| json!({"header": one.name, "verifies": one.why.is_none(), "reason": one.why});
    let checked: Vec<_> = checked.iter().map(one).collect();
    format!("{}\n", json!({"verifies": holds, "signatures": checked}))
}
