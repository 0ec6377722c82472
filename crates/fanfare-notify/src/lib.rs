//! Mails: what the outbox holds, put into words and sent.
//!
//! **Promises.** A mail is sent by one sender at a time, ended once, and tried again with growing
//! waits for a day (a link: until it ends) when a server does not take it now. A mail that a server
//! refuses for good is given up at once; that the operator's credentials are refused is no reason to
//! give up. What the server said is kept with the mail.
//!
//! **Never twice** is as strong as the way allows. Resend is given the mail's id as
//! `Idempotency-Key`, so that a mail that was sent and not noted is not sent again. SMTP has no such
//! thing: a process that is killed after the server took the message and before that is written
//! sends it again when its claim is over. That is the time of one write, because each mail is noted
//! by itself, at once; and both messages have the same `Message-ID`, by which mailboxes know them
//! for one.
//!
//! **Takes** the outbox ([`fanfare_app::App::claim_mails`]), a clock, and where to send
//! ([`MailSettings`]). **Gives** [`Notifier::run`], a loop that any number of nodes may run.
//!
//! **Leaves out** who is told what, and how often: that is decided by `fanfare-app` in one
//! transaction with the outbox. Links begin with the public URL; the app knows what follows.
//!
//! **Map.** `words` puts a letter into words, `render` into text and HTML; `way` is SMTP or Resend;
//! `sender` is the loop.

mod render;
mod resend;
mod sender;
mod settings;
mod smtp;
mod way;
mod words;

pub use lettre::message::Mailbox;
pub use sender::Notifier;
pub use settings::{
    MailSettings, Secret, SettingsError, SmtpSettings, WaySettings, parse_resend_url, parse_sender,
};
