//! `fanfare verify`: verifies the signatures of a request that was received, without a server.

use std::fs;
use std::io::{self, Read as _};

use anyhow::{Context as _, bail};
use fanfare_signing::{
    Family, Finding, Question, Secret, SentAttempt, SigningKeys, StandardMessage, VerifyError,
    explain, verify_fanfare, verify_standard,
};
use serde_json::{Value, json};

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
    let message = |signature| StandardMessage {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature,
        body,
    };
    let mut checked = Vec::new();
    let mut note = |name, family, signature, result: Result<(), VerifyError>| {
        let why = result.err().map(|error| reason(error, family, &message(signature), &secrets));
        checked.push(Checked { name, why });
    };
    if fanfare.is_some() {
        let result = verify_fanfare(body, fanfare, &secrets);
        note("X-Fanfare-Signature", Family::Fanfare, fanfare, result);
    }
    if standard.is_some() {
        let now = system_clock().now().as_unix_seconds();
        let tolerance = if args.tolerance == 0 { u32::MAX } else { args.tolerance };
        let result = verify_standard(&message(standard), &secrets, now, tolerance);
        note("webhook-signature", Family::Standard, standard, result);
    }
    Ok(checked)
}

/// The error, and the likely mistake behind it.
fn reason(
    error: VerifyError,
    family: Family,
    message: &StandardMessage<'_>,
    secrets: &[&Secret],
) -> String {
    let hint = match error {
        VerifyError::Mismatch | VerifyError::Malformed { .. } | VerifyError::WrongScheme { .. } => {
            return format!("{error}: {}", mistakes(family, message, secrets));
        }
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

/// What [`explain`] finds. What was sent is not known here, so the body that was received and those that
/// it may have been before it was changed are taken for it, one after the other, until one explains
/// the signature.
fn mistakes(family: Family, message: &StandardMessage<'_>, secrets: &[&Secret]) -> String {
    let text = |part: Option<&[u8]>| String::from_utf8_lossy(part.unwrap_or_default()).into_owned();
    let (event_id, signature) = (text(message.id), text(message.signature));
    let timestamp = text(message.timestamp).parse().unwrap_or_default();
    let written: Option<Value> = serde_json::from_slice(message.body).ok();
    let bodies = [
        message.body.to_vec(),
        message.body.trim_ascii_end().to_vec(),
        written.map(|value| value.to_string().into_bytes()).unwrap_or_default(),
    ];
    for (secret, body) in secrets.iter().flat_map(|secret| bodies.iter().map(move |b| (secret, b)))
    {
        let macs = SigningKeys::new(secret).macs(&event_id, timestamp, body);
        let found = explain(&Question {
            family,
            event_id: &event_id,
            body,
            attempts: &[SentAttempt { number: 1, timestamp, macs }],
            attempt: 1,
            secrets: &[secret],
            signature: &signature,
            given_body: Some(message.body),
            given_secret: None,
        });
        // A body that was only guessed says nothing unless the signature is of it.
        let fits = !found.contains(&Finding::Unexplained) && !found.is_empty();
        if fits {
            return found.iter().map(Finding::to_string).collect::<Vec<_>>().join("; ");
        }
    }
    "it is of another secret or of another body: is it the secret of this webhook, and the body as it \
     was received?"
        .to_owned()
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
