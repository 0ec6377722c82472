//! Why a delivery is refused. Generated from the event catalogue by sdk/generate.py. Do not edit.

/// Why a delivery is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// No secret was given, or an empty one: is the environment variable set?.
    SecretMissing,
    /// The secret has white space in it: it was probably copied with a line end.
    SecretHasWhitespace,
    /// No secret given is of the form that is needed: visible ASCII, and for webhook-signature `whsec_` and the base64 of 24 to 64 bytes.
    SecretMalformed,
    /// The body is a parsed object: pass the raw body, as bytes or text, before anything parses it.
    ParsedBody,
    /// The body is empty: something else has probably read it before.
    EmptyBody,
    /// A header is missing: pass all headers of the request, and check what a proxy lets through.
    MissingHeader,
    /// The signature header has no signature of the right form: was it cut or changed?.
    MalformedSignature,
    /// The header webhook-timestamp is not a number of seconds.
    TimestampInvalid,
    /// No signature matches the body and the secret.
    SignatureMismatch,
    /// The delivery is older than the tolerance: a replay, a queue in between, or a clock that is fast.
    TimestampTooOld,
    /// The delivery is from the future by more than the tolerance: a clock that is slow.
    TimestampInFuture,
    /// The signature is right, but the body is not JSON.
    BodyNotJson,
    /// The signature is right, but the body is not an event of Fanfare.
    BodyNotEvent,
}

impl Reason {
    /// The code, the same in every language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SecretMissing => "secret_missing",
            Self::SecretHasWhitespace => "secret_has_whitespace",
            Self::SecretMalformed => "secret_malformed",
            Self::ParsedBody => "parsed_body",
            Self::EmptyBody => "empty_body",
            Self::MissingHeader => "missing_header",
            Self::MalformedSignature => "malformed_signature",
            Self::TimestampInvalid => "timestamp_invalid",
            Self::SignatureMismatch => "signature_mismatch",
            Self::TimestampTooOld => "timestamp_too_old",
            Self::TimestampInFuture => "timestamp_in_future",
            Self::BodyNotJson => "body_not_json",
            Self::BodyNotEvent => "body_not_event",
        }
    }

    /// What it says, in a sentence.
    pub const fn message(self) -> &'static str {
        match self {
            Self::SecretMissing => {
                "no secret was given, or an empty one: is the environment variable set?"
            }
            Self::SecretHasWhitespace => {
                "the secret has white space in it: it was probably copied with a line end"
            }
            Self::SecretMalformed => {
                "no secret given is of the form that is needed: visible ASCII, and for webhook-signature `whsec_` and the base64 of 24 to 64 bytes"
            }
            Self::ParsedBody => {
                "the body is a parsed object: pass the raw body, as bytes or text, before anything parses it"
            }
            Self::EmptyBody => "the body is empty: something else has probably read it before",
            Self::MissingHeader => {
                "a header is missing: pass all headers of the request, and check what a proxy lets through"
            }
            Self::MalformedSignature => {
                "the signature header has no signature of the right form: was it cut or changed?"
            }
            Self::TimestampInvalid => "the header webhook-timestamp is not a number of seconds",
            Self::SignatureMismatch => "no signature matches the body and the secret",
            Self::TimestampTooOld => {
                "the delivery is older than the tolerance: a replay, a queue in between, or a clock that is fast"
            }
            Self::TimestampInFuture => {
                "the delivery is from the future by more than the tolerance: a clock that is slow"
            }
            Self::BodyNotJson => "the signature is right, but the body is not JSON",
            Self::BodyNotEvent => "the signature is right, but the body is not an event of Fanfare",
        }
    }
}

/// What probably made the signature differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hint {
    /// The body is not in the form that Fanfare sends: it was probably parsed and written again, so pass the raw bytes.
    ReserialisedBody,
    /// The body looks as it was sent: check that the secret is this webhook's, and during a rotation pass the old and the new one.
    WrongSecret,
}

impl Hint {
    /// The code, the same in every language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReserialisedBody => "reserialised_body",
            Self::WrongSecret => "wrong_secret",
        }
    }

    /// What it says, in a sentence.
    pub const fn message(self) -> &'static str {
        match self {
            Self::ReserialisedBody => {
                "the body is not in the form that Fanfare sends: it was probably parsed and written again, so pass the raw bytes"
            }
            Self::WrongSecret => {
                "the body looks as it was sent: check that the secret is this webhook's, and during a rotation pass the old and the new one"
            }
        }
    }
}
