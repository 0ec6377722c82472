//! Mails, as the configuration wants them: how they leave, and `fanfare notices test-mail`.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use fanfare_model::IdSource;
use fanfare_notify::{MailSettings, Notifier, WaySettings};
use std::sync::Arc;

use crate::cli::NoticesWhat;
use crate::clock::system_clock;
use crate::config::{self, Config};
use crate::entropy::OsEntropy;
use crate::exit::{Exit, Failure};
use crate::output;

/// How mails leave, for a server that listens there; `None` when nothing is configured for it.
pub(crate) fn settings(
    config: &Config,
    listens: SocketAddr,
) -> anyhow::Result<Option<MailSettings>> {
    let way = match (&config.smtp_url, &config.resend_api_key) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => bail!("set smtp_url or resend_api_key, not both"),
        (Some(smtp), None) => {
            let mut smtp = smtp.clone();
            if let Some(path) = &config.smtp_ca {
                let pem = std::fs::read(path);
                let pem = pem.with_context(|| format!("cannot read {}", path.display()))?;
                smtp = smtp.with_authorities(pem);
            }
            WaySettings::Smtp(smtp)
        }
        (None, Some(key)) => {
            WaySettings::Resend { key: key.clone(), url: config.resend_url.clone() }
        }
    };
    let from = config.mail_from.clone();
    let from = from.context("mails need a sender: set mail_from")?;
    let (public_url, disable_after) = (config.public_origin(listens), config.disable_after);
    Ok(Some(MailSettings { from, public_url, disable_after, way }))
}

/// Runs one of the commands.
pub(crate) fn run(what: &NoticesWhat) -> Result<Exit, Failure> {
    let NoticesWhat::TestMail { to, config } = what;
    let config = config::load(&config.inputs())?.config;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the runtime cannot be started")?;
    let said = runtime.block_on(test_mail(&config, to))?;
    output::print(&format!("The server took a mail for {to}: {said}\n"))
}

async fn test_mail(config: &Config, to: &str) -> anyhow::Result<String> {
    let settings = settings(config, config.listen)?;
    let settings = settings.context("no mails are configured: set smtp_url or resend_api_key")?;
    let clock = system_clock();
    let ids = IdSource::new(clock.clone(), Arc::new(OsEntropy::new()));
    let notifier = Notifier::new(&settings, clock)?;
    let sent = notifier.send_test(ids.next(), to).await;
    sent.map_err(|why| anyhow::anyhow!("the mail was not taken: {why}"))
}
