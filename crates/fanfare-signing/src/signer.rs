//! Signing of deliveries: the hot path, called for every attempt.
//!
//! **Takes** the stored body bytes, the event id and the attempt's time; **gives** the values
//! of `X-Fanfare-Signature` and `webhook-signature`. HMAC keys are expanded once, when
//! [`SigningKeys`] is made; [`SigningKeys::sign`] then hashes the body once per distinct key and
//! allocates one exactly sized string per header.
//!
//! **Rotation.** `webhook-signature` is a list and carries both secrets, new first.
//! `X-Fanfare-Signature` has room for one value, so somebody has to say whose it is:
//! [`FanfareUses`]. It is the old secret until the overlap ends or the customer switches.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{Secret, hex};

/// `sha256=`, the scheme of `X-Fanfare-Signature`.
pub(crate) const FANFARE_SCHEME: &str = "sha256=";
/// `v1,`, the scheme of each item of `webhook-signature`.
pub(crate) const STANDARD_SCHEME: &str = "v1,";
/// Length of one item of `webhook-signature`: the scheme and base64 of 32 bytes.
const STANDARD_ITEM: usize = STANDARD_SCHEME.len() + 44;

/// The secrets of one webhook, made ready for signing. Make it once and keep it: each key is
/// about 1.2 KiB of expanded HMAC state.
pub struct SigningKeys {
    fanfare: hmac::Key,
    /// New before old; secrets without a standard key have none here. Boxed, because few
    /// webhooks are in a rotation and a key is large.
    standard: Box<[hmac::Key]>,
}

/// Two secrets that are alive at once.
#[derive(Debug, Clone, Copy)]
pub struct Rotation<'a> {
    /// The secret that stays.
    pub new: &'a Secret,
    /// The secret that ends with the overlap.
    pub old: &'a Secret,
    /// Which of the two `X-Fanfare-Signature` is made with.
    pub fanfare_uses: FanfareUses,
}

/// Which secret the one value of `X-Fanfare-Signature` is made with during a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FanfareUses {
    /// The old one: the state after a rotation, until the overlap ends.
    Old,
    /// The new one: the customer has switched the receiver over.
    New,
}

/// The message authentication codes of one attempt: what its two signature headers carry. Small
/// enough to be stored with every attempt, so that the headers can be shown as they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Macs {
    /// The code in `X-Fanfare-Signature`.
    pub fanfare: [u8; 32],
    /// The codes in `webhook-signature`, in order: none, one, or during a rotation two.
    pub standard: [Option<[u8; 32]>; 2],
}

/// The two header values of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signatures {
    /// Value of `X-Fanfare-Signature`: `sha256=` and 64 lower-case hex digits.
    pub fanfare: String,
    /// Value of `webhook-signature`: one or two `v1,…`, separated by a space. `None` when no
    /// secret has a standard key: then no `webhook-*` header may be sent at all.
    pub standard: Option<String>,
}

impl SigningKeys {
    /// Keys of a webhook with one live secret.
    pub fn new(secret: &Secret) -> Self {
        Self { fanfare: fanfare_key(secret), standard: standard_key(secret).into_iter().collect() }
    }

    /// Keys of a webhook during the overlap of a rotation. Rotating to the same secret is the
    /// same as having one.
    pub fn rotating(rotation: Rotation<'_>) -> Self {
        let Rotation { new, old, fanfare_uses } = rotation;
        let signs_fanfare = match fanfare_uses {
            FanfareUses::Old => old,
            FanfareUses::New => new,
        };
        let old_standard = if old == new { None } else { standard_key(old) };
        Self {
            fanfare: fanfare_key(signs_fanfare),
            standard: standard_key(new).into_iter().chain(old_standard).collect(),
        }
    }

    /// Whether the `webhook-*` headers can be sent.
    pub fn has_standard(&self) -> bool {
        !self.standard.is_empty()
    }

    /// Signs one attempt: [`macs`](Self::macs) as header values.
    pub fn sign(&self, event_id: &str, timestamp: i64, body: &[u8]) -> Signatures {
        self.macs(event_id, timestamp, body).headers()
    }

    /// Computes what one attempt is signed with. `timestamp` is in Unix seconds, and must be the
    /// one sent in both timestamp headers. `event_id` is the value of `webhook-id` and must not
    /// contain a dot, which separates the parts of the signed message.
    pub fn macs(&self, event_id: &str, timestamp: i64, body: &[u8]) -> Macs {
        debug_assert!(!event_id.contains('.'), "an event id has no dot");
        let mut macs = Macs { fanfare: mac(&hmac::sign(&self.fanfare, body)), standard: [None; 2] };
        let mut digits = itoa::Buffer::new();
        let timestamp = digits.format(timestamp).as_bytes();
        for (slot, key) in macs.standard.iter_mut().zip(&self.standard) {
            *slot = Some(mac(&standard_tag(key, event_id.as_bytes(), timestamp, body)));
        }
        macs
    }
}

impl Macs {
    /// The header values these codes are sent as.
    pub fn headers(&self) -> Signatures {
        let mut fanfare = String::with_capacity(FANFARE_SCHEME.len() + 64);
        fanfare.push_str(FANFARE_SCHEME);
        fanfare.extend(hex::encode(&self.fanfare).map(char::from));
        Signatures { fanfare, standard: self.standard_header() }
    }

    fn standard_header(&self) -> Option<String> {
        let count = self.standard.iter().flatten().count();
        if count == 0 {
            return None;
        }
        let mut value = String::with_capacity(count * (STANDARD_ITEM + 1) - 1);
        for mac in self.standard.iter().flatten() {
            if !value.is_empty() {
                value.push(' ');
            }
            value.push_str(STANDARD_SCHEME);
            STANDARD.encode_string(mac, &mut value);
        }
        Some(value)
    }
}

fn mac(tag: &hmac::Tag) -> [u8; 32] {
    let mut bytes = [0u8; 32];
    bytes.copy_from_slice(tag.as_ref());
    bytes
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKeys(***)")
    }
}

/// The key of `X-Fanfare-Signature`: the bytes of the whole text, prefix included.
pub(crate) fn fanfare_key(secret: &Secret) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes())
}

/// The key of `webhook-signature`, if the secret has one.
pub(crate) fn standard_key(secret: &Secret) -> Option<hmac::Key> {
    secret.standard_key().map(|key| hmac::Key::new(hmac::HMAC_SHA256, &key))
}

/// HMAC-SHA256 over `id.timestamp.body`, without joining them in memory.
pub(crate) fn standard_tag(key: &hmac::Key, id: &[u8], timestamp: &[u8], body: &[u8]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    for part in [id, b".", timestamp, b".", body] {
        context.update(part);
    }
    context.sign()
}
