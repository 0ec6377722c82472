//! Typed ids: a prefix, `_`, and 26 characters of base32 that hold a UUIDv7 (TypeID 0.3).
//!
//! Two ids of different kinds cannot be confused: the kind is part of the type. Text form and
//! bytes round-trip; the text form is canonical (lower case, Crockford alphabet, no leading
//! character above `7`), so that two spellings of one id do not exist. Order of ids is order of
//! creation to the millisecond, and within one process exact.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const SUFFIX: usize = 26;

/// Names a kind of id and its prefix.
pub trait IdKind: 'static {
    /// The text before the last `_`, for example `wh_evt`.
    const PREFIX: &'static str;
}

/// An id of one kind: 128 bits, shown as `prefix_` and 26 characters.
pub struct Id<K: IdKind>(u128, PhantomData<fn() -> K>);

impl<K: IdKind> Id<K> {
    /// An id with exactly these bits.
    pub const fn from_u128(bits: u128) -> Self {
        Self(bits, PhantomData)
    }

    /// The 128 bits.
    pub const fn as_u128(self) -> u128 {
        self.0
    }

    /// The 16 bytes, most significant first, so that byte order is id order.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The id whose bytes these are.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self::from_u128(u128::from_be_bytes(bytes))
    }

    /// Milliseconds since the Unix epoch at which a UUIDv7 was made (its first 48 bits).
    pub const fn unix_ms(self) -> i64 {
        (self.0 >> 80) as i64
    }

    /// Appends the text form to a buffer without allocating anything else.
    pub fn write_to(self, out: &mut Vec<u8>) {
        out.extend_from_slice(K::PREFIX.as_bytes());
        out.push(b'_');
        out.extend_from_slice(&self.suffix());
    }

    fn suffix(self) -> [u8; SUFFIX] {
        let mut text = [0u8; SUFFIX];
        let mut bits = self.0;
        for slot in text.iter_mut().rev() {
            *slot = ALPHABET[(bits & 31) as usize];
            bits >>= 5;
        }
        text
    }
}

impl<K: IdKind> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: IdKind> Copy for Id<K> {}
impl<K: IdKind> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K: IdKind> Eq for Id<K> {}
impl<K: IdKind> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K: IdKind> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K: IdKind> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: IdKind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = self.suffix();
        let text = std::str::from_utf8(&suffix).map_err(|_| fmt::Error)?;
        write!(f, "{}_{text}", K::PREFIX)
    }
}

impl<K: IdKind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id such as {example}")]
pub struct ParseIdError {
    example: String,
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        parse_suffix(text, K::PREFIX).map(Self::from_u128).ok_or_else(|| ParseIdError {
            example: format!("{}_01h455vb4pex5vsknk084sn02q", K::PREFIX),
        })
    }
}

fn parse_suffix(text: &str, prefix: &str) -> Option<u128> {
    let suffix = text.strip_prefix(prefix)?.strip_prefix('_')?.as_bytes();
    if suffix.len() != SUFFIX || suffix[0] > b'7' {
        return None;
    }
    let mut bits = 0u128;
    for byte in suffix {
        let value = ALPHABET.iter().position(|letter| letter == byte)?;
        bits = (bits << 5) | value as u128;
    }
    Some(bits)
}

impl<K: IdKind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: IdKind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

macro_rules! id_kinds {
    ($($(#[$doc:meta])* $alias:ident, $kind:ident, $prefix:literal;)*) => {$(
        #[doc = concat!("Kind of the ids that start with `", $prefix, "_`.")]
        #[derive(Debug, Clone, Copy)]
        pub enum $kind {}
        impl IdKind for $kind {
            const PREFIX: &'static str = $prefix;
        }
        $(#[$doc])*
        pub type $alias = Id<$kind>;
    )*};
}

/// The kinds themselves; code names the aliases.
pub mod kinds {
    use super::{Id, IdKind};
    id_kinds! {
        /// A tenant: a brand or shop.
        OrganizationId, Organization, "org";
        /// A key for the API.
        ApiKeyId, ApiKey, "key";
        /// Something that happened; also the `webhook-id` a receiver sees.
        EventId, Event, "wh_evt";
        /// What a customer configured: URL, events, secret.
        WebhookId, Webhook, "whk";
        /// One event to one webhook.
        DeliveryId, Delivery, "dlv";
        /// A long piece of work with progress: a replay or a bulk resend.
        JobId, Job, "job";
        /// Something the organization is told.
        NoticeId, Notice, "ntc";
        /// A message to one person, on its way by mail.
        MailId, Mail, "mail";
        /// One request to our own API.
        RequestId, Request, "req";
        /// An end customer.
        ConsumerId, Consumer, "con";
        /// Something that is launched.
        ProductId, Product, "prod";
        /// A launch as a whole.
        ExperienceId, Experience, "exp";
        /// A queue, a draw or an auction in an experience.
        DistributionId, Distribution, "dist";
        /// A purchase.
        OrderId, Order, "ord";
        /// A bid in an auction.
        BidId, Bid, "bid";
        /// What a provider's webhooks are sent to.
        ConnectionId, Connection, "conn";
        /// A message that a provider sent to a connection.
        InboundId, Inbound, "inb";
        /// A person who signs in.
        UserId, User, "usr";
        /// One browser in which somebody is signed in.
        SessionId, Session, "ses";
        /// A link that lets somebody in once.
        LinkId, Link, "lnk";
        /// An entry of an organization's audit log.
        AuditEntryId, AuditEntry, "aud";
    }
}
pub use kinds::{
    ApiKeyId, AuditEntryId, BidId, ConnectionId, ConsumerId, DeliveryId, DistributionId, EventId,
    ExperienceId, InboundId, JobId, LinkId, MailId, NoticeId, OrderId, OrganizationId, ProductId,
    RequestId, SessionId, UserId, WebhookId,
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn typeid_specification_vectors() {
        let cases = [
            (0u128, "00000000000000000000000000"),
            (1, "00000000000000000000000001"),
            (10, "0000000000000000000000000a"),
            (16, "0000000000000000000000000g"),
            (32, "00000000000000000000000010"),
            (u128::MAX, "7zzzzzzzzzzzzzzzzzzzzzzzzz"),
            (0x0110_c853_1d09_52d8_d73e_1194_e95b_5f19, "0123456789abcdefghjkmnpqrs"),
            (0x0189_0a5d_ac96_774b_bcce_b302_099a_8057, "01h455vb4pex5vsknk084sn02q"),
        ];
        for (bits, suffix) in cases {
            let id = WebhookId::from_u128(bits);
            assert_eq!(id.to_string(), format!("whk_{suffix}"));
            assert_eq!(id.to_string().parse::<WebhookId>().unwrap(), id);
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in [
            "",
            "whk_",
            "whk_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "whk_01H455VB4PEX5VSKNK084SN02Q",
            "dlv_01h455vb4pex5vsknk084sn02q",
            "whk_01h455vb4pex5vsknk084sn02",
            "whk_01h455vb4pex5vsknk084sn02qq",
            "whk_i1h455vb4pex5vsknk084sn02q",
            "whk-01h455vb4pex5vsknk084sn02q",
            "whk_01h455vb4pex5vsknk084sn02é",
        ] {
            assert!(text.parse::<WebhookId>().is_err(), "{text}");
        }
        assert!("wh_evt_01h455vb4pex5vsknk084sn02q".parse::<EventId>().is_ok());
    }

    proptest! {
        #[test]
        fn text_and_bytes_round_trip_and_keep_order(a: u128, b: u128) {
            let (x, y) = (EventId::from_u128(a), EventId::from_u128(b));
            prop_assert_eq!(x.to_string().parse::<EventId>().unwrap(), x);
            prop_assert_eq!(EventId::from_bytes(x.to_bytes()), x);
            prop_assert_eq!(x.to_string().cmp(&y.to_string()), a.cmp(&b));
        }
    }
}
