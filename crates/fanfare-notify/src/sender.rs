//! The loop that empties the outbox.

use std::sync::Arc;
use std::time::Duration;

use fanfare_app::{App, OutgoingMail};
use fanfare_model::{Clock, MailId};
use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use crate::render::{Message, Renderer};
use crate::settings::{MailSettings, SettingsError};
use crate::way::Way;
use crate::words::Words;

/// Mails sent at the same time.
const TOGETHER: usize = 4;
/// How often it is looked for mails.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a mail that is on its way is waited for at the end.
const GRACE: Duration = Duration::from_secs(10);
/// The waits between attempts, in seconds; the last one holds for all later ones.
const WAITS: [u64; 7] = [30, 120, 300, 900, 1_800, 3_600, 7_200];

/// Sends mails.
pub struct Notifier {
    renderer: Renderer,
    way: Way,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Notifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notifier").finish_non_exhaustive()
    }
}

impl Notifier {
    /// A sender with these settings. Connects to nothing yet.
    pub fn new(settings: &MailSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let renderer = Renderer::new(&settings.public_url, settings.disable_after);
        Ok(Self { renderer, way: Way::new(settings)?, clock })
    }

    /// Sends what waits, until `shutdown`; then waits a moment for what is on its way.
    pub async fn run(&self, app: &App, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let mails = match app.claim_mails(TOGETHER).await {
                Ok(mails) => mails,
                Err(error) => {
                    tracing::warn!(?error, "looking for mails failed");
                    Vec::new()
                }
            };
            if mails.is_empty() {
                tokio::select! {
                    () = self.clock.sleep_until(self.clock.now() + LOOK_EVERY) => {}
                    () = shutdown.cancelled() => {}
                }
                continue;
            }
            let sent = join_all(mails.iter().map(|mail| self.deliver(app, mail)));
            let late = async {
                shutdown.cancelled().await;
                tokio::time::sleep(GRACE).await;
            };
            tokio::select! {
                _ = sent => {}
                () = late => tracing::warn!("mails on their way were left; they are tried again"),
            }
        }
    }

    /// Sends one mail and notes how it ended, at once.
    async fn deliver(&self, app: &App, mail: &OutgoingMail) {
        let (id, to) = (mail.id, mail.address.as_str());
        let noted = match self.way.send(&self.renderer.message(mail)).await {
            Ok(said) => {
                tracing::info!(%id, to, said, "a mail was sent");
                app.mail_sent(mail, said).await.map(drop)
            }
            Err(refused) => {
                let wait = WAITS.get(mail.attempts as usize).or(WAITS.last());
                let wait = Duration::from_secs(wait.copied().unwrap_or_default());
                let again = (!refused.for_good).then(|| self.clock.now() + wait);
                let why = refused.words;
                tracing::warn!(%id, to, why, ?again, "a mail was not sent");
                app.mail_failed(mail, again, why).await.map(drop)
            }
        };
        if let Err(error) = noted {
            // The claim ends by itself, and the mail is tried again.
            tracing::error!(%id, to, ?error, "it could not be noted how a mail ended");
        }
    }

    /// Sends a test mail now, past the outbox; gives what the server said, or why it took nothing.
    pub async fn send_test(&self, id: MailId, to: &str) -> Result<String, String> {
        let message: Message = self.renderer.draw(id, self.clock.now(), to, Words::test(), None);
        self.way.send(&message).await.map_err(|refused| refused.words)
    }
}
