//! The public id of a delivery, made from its row's number, so that no index of ids is needed.
//!
//! A valid UUIDv7: 48 bits of the creation time, then, in the bits that are usually random, the
//! row's number, most significant bit first, so that ids of one millisecond sort as they were
//! made. Looking one up decodes the number, reads that row and compares the whole id.

use fanfare_model::{DeliveryId, Timestamp};

const SEQ_BITS: u32 = 48;
const TAIL_BITS: u32 = 62 - SEQ_BITS;

/// The id of the delivery in row `seq`, created at this time.
pub(crate) fn delivery_id(seq: i64, created_at: Timestamp) -> DeliveryId {
    let ms = (created_at.as_millis().max(0).cast_unsigned()) & ((1 << 48) - 1);
    let seq = seq.cast_unsigned() & ((1 << SEQ_BITS) - 1);
    let head = (ms << 16) | 0x7000;
    let tail = (1 << 63) | (seq << TAIL_BITS);
    DeliveryId::from_u128((u128::from(head) << 64) | u128::from(tail))
}

/// The row's number in an id. Any number for an id that was not made here.
pub(crate) const fn delivery_seq(id: u128) -> i64 {
    let tail = id as u64 & ((1 << 62) - 1);
    (tail >> TAIL_BITS).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuid_v7_sorted_by_time_then_row() {
        let at = Timestamp::from_millis(1_718_897_400_123);
        let mut before = delivery_id(0, at);
        for seq in [1, 2, 3, 255, 256, 1 << 20, (1 << 48) - 1] {
            let id = delivery_id(seq, at);
            assert_eq!(delivery_seq(id.as_u128()), seq);
            assert_eq!(id.unix_ms(), at.as_millis());
            assert_eq!(id.to_bytes()[6] >> 4, 7, "version");
            assert_eq!(id.to_bytes()[8] >> 6, 0b10, "variant");
            assert!(id > before);
            before = id;
        }
        assert!(delivery_id(1, at + std::time::Duration::from_millis(1)) > before);
    }
}
