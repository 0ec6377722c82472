//! Cursors: where a page begins or ends, opaque to customers.
//!
//! One byte for the list and the 128 bits of an item's id, in base64url without padding. A
//! cursor of another list, a truncated one or one with a different spelling is refused. A list
//! that can be sorted by its last change is two lists here, so that a place in one order is not
//! taken for a place in the other.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Which list a cursor belongs to. The numbers are part of the wire contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum List {
    Webhooks = 1,
    Events = 2,
    Deliveries = 3,
    Jobs = 4,
    Notices = 5,
    Keys = 6,
    Consumers = 7,
    ConsumerChanges = 8,
    Products = 9,
    Experiences = 10,
    Distributions = 11,
    Participants = 12,
    ParticipantChanges = 13,
    Bids = 14,
    Orders = 15,
    OrderChanges = 16,
    Entrants = 17,
    Ranks = 18,
    Audit = 19,
    Inbound = 20,
}

/// The cursor of an item.
pub(crate) fn encode(list: List, id: u128) -> String {
    let mut bytes = [0u8; 17];
    bytes[0] = list as u8;
    bytes[1..].copy_from_slice(&id.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The id in a cursor of this list; `None` for everything else.
pub(crate) fn decode(list: List, text: &str) -> Option<u128> {
    let bytes: [u8; 17] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
    let (kind, id) = bytes.split_first()?;
    (*kind == list as u8).then(|| id.try_into().map(u128::from_be_bytes).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_round_trip_within_their_list_only() {
        for id in [0, 1, u128::MAX, 0x0189_0a5d_ac96_774b_bcce_b302_099a_8057] {
            let cursor = encode(List::Events, id);
            assert_eq!(decode(List::Events, &cursor), Some(id));
            assert_eq!(decode(List::Deliveries, &cursor), None);
            assert_eq!(decode(List::Events, &cursor[1..]), None);
            assert_eq!(decode(List::Events, &format!("{cursor}A")), None);
        }
        for text in ["", "%", "ÿ", "AgAA", "wh_evt_01h455vb4pex5vsknk084sn02q"] {
            assert_eq!(decode(List::Events, text), None, "{text}");
        }
        let spelling = encode(List::Events, 0);
        let other = format!("{}B", &spelling[..spelling.len() - 1]);
        assert_eq!(decode(List::Events, &other), None, "trailing bits must be zero");
    }
}
