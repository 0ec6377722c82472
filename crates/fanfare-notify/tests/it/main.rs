//! Mails through a real SMTP server and to something that speaks Resend's API.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]
#![expect(clippy::disallowed_methods, reason = "other processes live in real time")]

mod mailbox;
mod resend;
mod smtp;
mod world;
