//! SMTP: one connection for each message, encrypted unless the server is on this machine.

use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use crate::render::Message;
use crate::settings::{SettingsError, SmtpSettings, SmtpTls};
use crate::way::NotTaken;

/// Time for each step of the conversation.
const STEP: Duration = Duration::from_secs(20);

pub(crate) struct Smtp {
    from: Mailbox,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Smtp {
    pub(crate) fn new(from: Mailbox, settings: &SmtpSettings) -> Result<Self, SettingsError> {
        let host = settings.host.clone();
        let tls = match settings.tls {
            SmtpTls::Without => Tls::None,
            SmtpTls::Start => Tls::Required(parameters(settings)?),
            SmtpTls::Whole => Tls::Wrapper(parameters(settings)?),
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(STEP));
        if let Some((user, password)) = &settings.credentials {
            transport = transport.credentials(Credentials::new(user.clone(), password.0.clone()));
        }
        Ok(Self { from, transport: transport.build() })
    }

    pub(crate) async fn send(&self, message: &Message) -> Result<String, NotTaken> {
        let message = self.built(message).map_err(NotTaken::ever)?;
        match self.transport.send(message).await {
            Ok(response) => {
                let lines: Vec<&str> = response.message().collect();
                Ok(format!("{} {}", response.code(), lines.join(" ")))
            }
            Err(error) => {
                let words = describe(&error);
                // What is wrong with our own credentials says nothing about the message.
                let ours = error
                    .status()
                    .is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
                match error.is_permanent() && !ours {
                    true => Err(NotTaken::ever(words)),
                    false => Err(NotTaken::now(words)),
                }
            }
        }
    }

    fn built(&self, message: &Message) -> Result<lettre::Message, String> {
        let to = message.to.parse().map_err(|error| format!("{}: {error}", message.to))?;
        let domain = self.from.email.domain();
        let mut built = lettre::Message::builder()
            .message_id(Some(format!("<{}@{domain}>", message.id)))
            .date(message.written_at)
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(message.subject.clone());
        for (name, value) in message.headers() {
            let name = HeaderName::new_from_ascii_str(name);
            built = built.raw_header(HeaderValue::dangerous_new_pre_encoded(
                name,
                value.clone(),
                value,
            ));
        }
        let parts = MultiPart::alternative_plain_html(message.text.clone(), message.html.clone());
        built.multipart(parts).map_err(|error| error.to_string())
    }
}

fn parameters(settings: &SmtpSettings) -> Result<TlsParameters, SettingsError> {
    let wrong = |error: lettre::transport::smtp::Error| SettingsError::new(describe(&error));
    let mut builder = TlsParameters::builder(settings.host.clone());
    for authority in settings.authorities.iter().flat_map(|pem| certificates(pem)) {
        builder = builder.add_root_certificate(Certificate::from_pem(&authority).map_err(wrong)?);
    }
    builder.build_rustls().map_err(wrong)
}

/// Each certificate of a file of them.
fn certificates(pem: &[u8]) -> Vec<Vec<u8>> {
    const END: &str = "-----END CERTIFICATE-----";
    let text = String::from_utf8_lossy(pem);
    let whole = text.split_inclusive(END).filter(|part| part.contains(END));
    whole.map(|part| part.as_bytes().to_vec()).collect()
}

/// An error with its causes.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = next.source();
    }
    text
}
