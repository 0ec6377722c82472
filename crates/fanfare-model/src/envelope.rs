//! The body every receiver gets: `{"id","type","timestamp","organization_id","data"}`.

use crate::{EventId, EventType, OrganizationId, Timestamp};

/// The parts of an event's body. Serialised once, when the event is accepted; the same bytes
/// are signed and sent on every attempt.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// The event's id: also the `webhook-id` header.
    pub id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// When it was accepted.
    pub timestamp: Timestamp,
    /// Whose event it is.
    pub organization_id: OrganizationId,
    /// The event's `data` as compact JSON text.
    pub data: &'a [u8],
}

impl Envelope<'_> {
    /// The body's bytes: compact, keys in the order of the seed's example.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(200 + self.data.len());
        body.extend_from_slice(b"{\"id\":\"");
        self.id.write_to(&mut body);
        body.extend_from_slice(b"\",\"type\":\"");
        body.extend_from_slice(self.event_type.as_str().as_bytes());
        body.extend_from_slice(b"\",\"timestamp\":\"");
        body.extend_from_slice(self.timestamp.to_string().as_bytes());
        body.extend_from_slice(b"\",\"organization_id\":\"");
        self.organization_id.write_to(&mut body);
        body.extend_from_slice(b"\",\"data\":");
        body.extend_from_slice(self.data);
        body.push(b'}');
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_body() {
        let envelope = Envelope {
            id: EventId::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057),
            event_type: EventType::DistributionWinnerSelected,
            timestamp: "2024-06-20T15:30:00Z".parse().unwrap(),
            organization_id: OrganizationId::from_u128(1),
            data: br#"{"consumer_id":"con_123"}"#,
        };
        assert_eq!(
            String::from_utf8(envelope.to_bytes()).unwrap(),
            concat!(
                r#"{"id":"wh_evt_01h455vb4pex5vsknk084sn02q","type":"distribution.winner_selected","#,
                r#""timestamp":"2024-06-20T15:30:00Z","#,
                r#""organization_id":"org_00000000000000000000000001","#,
                r#""data":{"consumer_id":"con_123"}}"#
            )
        );
    }
}
