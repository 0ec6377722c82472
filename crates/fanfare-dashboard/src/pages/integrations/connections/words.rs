//! Providers, states and reasons of refusal, in words.

use fanfare_app::Verification;
use fanfare_model::inbound::{InboundOutcome, InboundStatus, Provider};

use crate::ui::{Badge, Tone};

/// What a provider is called.
pub(crate) const fn provider_name(provider: Provider) -> &'static str {
    match provider {
        Provider::Stripe => "Stripe",
        Provider::Twilio => "Twilio",
        Provider::Resend => "Resend",
    }
}

/// What a provider calls the secret.
pub(super) const fn secret_name(provider: Provider) -> &'static str {
    match provider {
        Provider::Stripe | Provider::Resend => "Signing secret",
        Provider::Twilio => "Auth token",
    }
}

/// Whether the provider gets through.
pub(crate) const fn badge(verification: Verification) -> Badge {
    match verification {
        Verification::NoSecret => Badge::new(Tone::Warn, "No secret yet"),
        Verification::Waiting => Badge::new(Tone::Busy, "Waiting for the first"),
        Verification::Refused(_) => Badge::new(Tone::Bad, "Refused"),
        Verification::Verified(_) => Badge::new(Tone::Good, "Verified"),
    }
}

/// The same as a sentence, with what to do next.
pub(super) const fn standing(verification: Verification) -> &'static str {
    match verification {
        Verification::NoSecret => {
            "Every request is refused until the connection has a secret to verify it with."
        }
        Verification::Waiting => "Ready. Nothing has come yet.",
        Verification::Refused(outcome) => next_step(outcome),
        Verification::Verified(_) => "Messages come through.",
    }
}

/// What to look at when no request was verified.
const fn next_step(outcome: InboundOutcome) -> &'static str {
    match outcome {
        InboundOutcome::BadSignature => {
            "Requests come, and none was signed with the secret that is set here. Compare it with \
             the one that the provider shows."
        }
        InboundOutcome::WrongMode => {
            "Requests come in another mode, live or test, than this connection expects. Make a \
             second connection for the other mode."
        }
        InboundOutcome::WrongAccount => {
            "Requests come from another account than the one that is set here."
        }
        _ => "Requests come, and none was verified. The latest refusals say why.",
    }
}

/// Why a request was refused, or that it was not.
pub(super) const fn outcome(outcome: InboundOutcome) -> &'static str {
    match outcome {
        InboundOutcome::Accepted => "Verified and stored",
        InboundOutcome::Duplicate => "Verified, and known already",
        InboundOutcome::NoSecret => "The connection had no secret yet",
        InboundOutcome::BadHeader => "The signature header is missing or malformed",
        InboundOutcome::BadSignature => "No signature matches: another secret, or a changed body",
        InboundOutcome::Stale => "Signed more than five minutes ago, or in the future",
        InboundOutcome::BadBody => "The body is not what the provider sends",
        InboundOutcome::WrongMode => "Of the other mode: live instead of test, or test of live",
        InboundOutcome::WrongAccount => "Of another account at the provider",
        InboundOutcome::WrongContentType => "A content type that the provider does not use",
        InboundOutcome::TooLarge => "The body is too large",
    }
}

/// Where a message stands.
pub(super) const fn of_message(status: InboundStatus) -> Badge {
    match status {
        InboundStatus::Pending => Badge::new(Tone::Busy, "Pending"),
        InboundStatus::Handled => Badge::new(Tone::Good, "Handled"),
        InboundStatus::Ignored => Badge::new(Tone::Quiet, "Ignored"),
        InboundStatus::Failed => Badge::new(Tone::Bad, "Failed"),
    }
}

/// What became of a message, where there is nothing more to say of it.
pub(super) const fn became(status: InboundStatus) -> &'static str {
    match status {
        InboundStatus::Pending => "It waits to be handled.",
        InboundStatus::Handled => "It did what it means.",
        InboundStatus::Ignored => "It means nothing here.",
        InboundStatus::Failed => "It could not be handled.",
    }
}
