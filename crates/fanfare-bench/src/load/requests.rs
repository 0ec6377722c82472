//! The requests of a load, made once and then only changed where they differ.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use fanfare_signing::{Secret, SigningKeys};

use crate::clock;
use crate::event_key::{EventKey, write_digits};

/// How long the body of a delivery is in a benchmark, to a few bytes: what is published leads to
/// envelopes of this size, and raw bodies have it.
pub(crate) const ENVELOPE_BYTES: usize = 400;

/// The `data` of an event, up to and after the 26 characters that make its consumer unique.
const DATA: (&str, &str) = (
    r#"{"consumer_id":"con_"#,
    concat!(
        r#"","distribution_id":"dist_01h455vb4pex5vsknk084sn02q","#,
        r#""experience_id":"exp_01h455vb4pex5vsknk084sn02r","#,
        r#""product_id":"prod_01h455vb4pex5vsknk084sn02s","status":"QUEUED","position":10427}"#
    ),
);
/// How many digits a consumer's number has.
const DIGITS: usize = 26;

/// Where requests come from.
#[derive(Clone)]
pub(super) enum Requests {
    /// Events, to be published.
    Publish(Publishing),
    /// Signed deliveries.
    Raw(Raw),
    /// One change for each of many ids.
    Each(Each),
}

impl Requests {
    /// Writes the request for the event of this number, and those after it in a batch, over
    /// what is in `bytes`.
    pub(super) fn write(&mut self, first: u64, bytes: &mut Vec<u8>) {
        match self {
            Self::Publish(publishing) => publishing.write(first, bytes),
            Self::Raw(raw) => raw.write(first, bytes),
            Self::Each(each) => each.write(first, bytes),
        }
    }

    /// What the request of this number is about, where that is known without the answer.
    pub(super) fn key(&self, number: u64) -> Option<EventKey> {
        match self {
            Self::Publish(_) => None,
            Self::Raw(_) => Some(EventKey::numbered(number)),
            Self::Each(each) => each.ids.get(number as usize).and_then(|id| EventKey::of_id(id)),
        }
    }
}

/// Requests to `POST /api/events` or `/api/events/batch`.
#[derive(Clone)]
pub(super) struct Publishing {
    template: Vec<u8>,
    /// Where the consumers' numbers go.
    places: Vec<usize>,
}

impl Publishing {
    /// `batch` events in each request; one goes to the route for one.
    pub(super) fn new(target: SocketAddr, key: &str, batch: usize) -> Self {
        let digits = "0".repeat(DIGITS);
        let event =
            format!(r#"{{"type":"distribution.joined","data":{}{digits}{}}}"#, DATA.0, DATA.1);
        let (path, body) = match batch {
            1 => ("/api/events", event.clone()),
            _ => {
                let events = vec![event.as_str(); batch].join(",");
                ("/api/events/batch", format!(r#"{{"events":[{events}]}}"#))
            }
        };
        let template = format!(
            "POST {path} HTTP/1.1\r\nhost: {target}\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let before = format!("{}{digits}", DATA.0);
        let places = template.match_indices(&before).map(|(at, _)| at + DATA.0.len()).collect();
        Self { template: template.into_bytes(), places }
    }

    fn write(&self, first: u64, bytes: &mut Vec<u8>) {
        bytes.clear();
        bytes.extend_from_slice(&self.template);
        for (number, place) in (first..).zip(&self.places) {
            write_digits(&mut bytes[*place..*place + DIGITS], number);
        }
    }
}

/// Deliveries, signed as the server signs them.
#[derive(Clone)]
pub(super) struct Raw {
    keys: Arc<SigningKeys>,
    head: String,
    /// The envelope; the event's number stands at [`Raw::PLACE`].
    body: Vec<u8>,
}

impl Raw {
    /// Where the event's number stands in an envelope: behind `{"id":"wh_evt_`.
    const PLACE: usize = r#"{"id":"wh_evt_"#.len();

    /// # Errors
    /// When the text is no secret, or none that both header families can be signed with.
    pub(super) fn new(target: SocketAddr, secret: &str) -> Result<Self> {
        let keys = SigningKeys::new(&Secret::parse(secret).context("--secret")?);
        anyhow::ensure!(keys.has_standard(), "--secret must be whsec_ and base64 of 24-64 bytes");
        let zeros = "0".repeat(DIGITS);
        let body = format!(
            r#"{{"id":"wh_evt_{zeros}","type":"distribution.joined","timestamp":"2024-06-20T15:30:00.000Z","organization_id":"org_01h455vb4pex5vsknk084sn02t","data":{}{zeros}{}}}"#,
            DATA.0, DATA.1
        );
        let head = format!(
            "POST /h/0 HTTP/1.1\r\nhost: {target}\r\ncontent-type: application/json\r\n\
             user-agent: Fanfare-Webhooks/raw\r\nx-fanfare-event: distribution.joined\r\n\
             x-fanfare-delivery-id: dlv_01h455vb4pex5vsknk084sn02u\r\n\
             x-fanfare-webhook-id: whk_01h455vb4pex5vsknk084sn02v\r\nx-fanfare-retry-count: 0\r\n\
             x-fanfare-original-time: 2024-06-20T15:30:00.000Z\r\ncontent-length: {}\r\n",
            body.len()
        );
        Ok(Self { keys: Arc::new(keys), head, body: body.into_bytes() })
    }

    fn write(&mut self, number: u64, bytes: &mut Vec<u8>) {
        let event = EventKey::numbered(number);
        self.body[Self::PLACE..Self::PLACE + DIGITS].copy_from_slice(event.as_bytes());
        let id = format!("wh_evt_{event}");
        let seconds = clock::now() / 1_000_000_000;
        let signed = self.keys.sign(&id, i64::try_from(seconds).unwrap_or(0), &self.body);
        let standard = signed.standard.unwrap_or_default();
        bytes.clear();
        bytes.extend_from_slice(self.head.as_bytes());
        let time = seconds.to_string();
        for (name, value) in [
            ("x-fanfare-timestamp", &time),
            ("x-fanfare-signature", &signed.fanfare),
            ("webhook-id", &id),
            ("webhook-timestamp", &time),
            ("webhook-signature", &standard),
        ] {
            for part in [name, ": ", value, "\r\n"] {
                bytes.extend_from_slice(part.as_bytes());
            }
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
    }
}

/// Stands for the id in a path or body.
const ID: &str = "{id}";

/// `POST` requests that differ in an id.
#[derive(Clone)]
pub(super) struct Each {
    template: Vec<u8>,
    /// Where the ids go.
    places: Vec<usize>,
    ids: Arc<Vec<String>>,
}

impl Each {
    /// One request for each id; in `path` and `body` it stands where `{id}` does.
    ///
    /// # Errors
    /// When there is no id, or they are not ids of one kind.
    pub(super) fn new(
        target: SocketAddr,
        key: &str,
        (path, body): (&str, &str),
        ids: Vec<String>,
    ) -> Result<Self> {
        let sample = ids.first().context("there is no id")?;
        let alike = |id: &String| EventKey::of_id(id).is_some() && id.len() == sample.len();
        anyhow::ensure!(ids.iter().all(alike), "the ids are not all of one kind");
        let (path, body) = (path.replace(ID, sample), body.replace(ID, sample));
        let template = format!(
            "POST {path} HTTP/1.1\r\nhost: {target}\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let places = template.match_indices(sample.as_str()).map(|(at, _)| at).collect();
        Ok(Self { template: template.into_bytes(), places, ids: Arc::new(ids) })
    }

    fn write(&self, number: u64, bytes: &mut Vec<u8>) {
        bytes.clear();
        bytes.extend_from_slice(&self.template);
        let Some(id) = self.ids.get(number as usize) else { return };
        for place in &self.places {
            bytes[*place..*place + id.len()].copy_from_slice(id.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{self, Request};

    const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn target() -> SocketAddr {
        "127.0.0.1:1".parse().unwrap()
    }

    fn body(bytes: &[u8]) -> serde_json::Value {
        let mut headers = http::headers();
        let request = Request::parse(bytes, &mut headers).unwrap().unwrap();
        assert_eq!(request.length, bytes.len());
        serde_json::from_slice(request.body).unwrap()
    }

    #[test]
    fn every_event_names_another_consumer() {
        let mut bytes = Vec::new();
        Publishing::new(target(), "k", 1).write(7, &mut bytes);
        assert_eq!(body(&bytes)["data"]["consumer_id"], "con_00000000000000000000000007");
        Publishing::new(target(), "k", 3).write(40, &mut bytes);
        let events = &body(&bytes)["events"];
        assert_eq!(events[2]["data"]["consumer_id"], "con_00000000000000000000000042");
        assert_eq!(events.as_array().unwrap().len(), 3);
    }

    #[test]
    fn a_change_names_its_id_in_path_and_body() {
        let id = |number| format!("con_{}", EventKey::numbered(number));
        let (path, body) = ("/api/{id}/join", r#"{"consumerId":"{id}"}"#);
        let ids = vec![id(1), id(2)];
        let each = Each::new(target(), "k", (path, body), ids).unwrap();
        let mut bytes = Vec::new();
        Requests::Each(each.clone()).write(1, &mut bytes);
        let mut headers = http::headers();
        let request = Request::parse(&bytes, &mut headers).unwrap().unwrap();
        assert_eq!(request.path, format!("/api/{}/join", id(2)));
        assert_eq!(request.body, format!(r#"{{"consumerId":"{}"}}"#, id(2)).as_bytes());
        assert_eq!(Requests::Each(each).key(1), Some(EventKey::numbered(2)));
        let other = vec![id(1), "con_2".to_owned()];
        assert!(Each::new(target(), "k", (path, body), other).is_err());
    }

    #[test]
    fn a_raw_delivery_verifies_and_has_the_size_that_is_claimed() {
        let mut bytes = Vec::new();
        Raw::new(target(), SECRET).unwrap().write(5, &mut bytes);
        let mut headers = http::headers();
        let request = Request::parse(&bytes, &mut headers).unwrap().unwrap();
        assert!(request.body.len().abs_diff(ENVELOPE_BYTES) < 10, "{} bytes", request.body.len());
        let secret = Secret::parse(SECRET).unwrap();
        let signature = request.header("x-fanfare-signature");
        fanfare_signing::verify_fanfare(request.body, signature, &[&secret]).unwrap();
        assert_eq!(EventKey::find(&bytes).unwrap().0, EventKey::numbered(5));
    }
}
