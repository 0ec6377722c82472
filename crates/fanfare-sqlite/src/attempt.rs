//! One attempt as bytes: a fixed head, up to three signatures, the response.
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | when it began, milliseconds |
//! | 8..12 | how long, microseconds |
//! | 12..16 | version of the webhook |
//! | 16..18 | status code, 0 for none |
//! | 18 | error class, 0 for none |
//! | 19 | flags |
//! | 20..38 | address: 16 bytes of IPv6 (or mapped IPv4) and the port |
//! | 38..42 | length of the response as it is stored |
//! | then | signatures, 32 bytes each, then the response, then zeros up to [`ROOM`] |
//!
//! A row gets [`ROOM`] bytes when it is made, so that the usual success fits in place. A long
//! response is compressed (LZ4) if that makes it shorter: error pages are, and the less is written
//! for a receiver that fails, the less the others wait for the disk.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use fanfare_model::{ErrorClass, Timestamp, limits};
use fanfare_store::{Attempt, RecordedAttempt, SentSignatures};

use crate::fault::Fault;

/// The least length, and that of the placeholder.
pub(crate) const ROOM: usize = 128;
/// What stands in a row before its first attempt ended.
pub(crate) const EMPTY: [u8; ROOM] = [0; ROOM];
const HEAD: usize = 42;

const TRUNCATED: u8 = 1;
const ADDRESS: u8 = 2;
const STANDARD: [u8; 2] = [4, 8];
const COMPRESSED: u8 = 16;
/// Shorter responses are stored as they are.
const LONG: usize = 512;

/// Writes an attempt over what is in `out`.
pub(crate) fn encode(attempt: &RecordedAttempt, out: &mut Vec<u8>) {
    out.clear();
    let signatures = &attempt.signatures;
    let micros = u32::try_from(attempt.duration.as_micros()).unwrap_or(u32::MAX);
    let compressed = compressed(&attempt.response_body);
    let response = compressed.as_deref().unwrap_or(&attempt.response_body);
    let mut flags = if attempt.response_truncated { TRUNCATED } else { 0 };
    flags |= if compressed.is_some() { COMPRESSED } else { 0 };
    for (flag, mac) in STANDARD.into_iter().zip(signatures.standard) {
        flags |= if mac.is_some() { flag } else { 0 };
    }
    let mut address = [0; 18];
    if let Some(addr) = attempt.remote_addr {
        flags |= ADDRESS;
        address[..16].copy_from_slice(&match addr.ip() {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
            IpAddr::V6(v6) => v6.octets(),
        });
        address[16..].copy_from_slice(&addr.port().to_be_bytes());
    }
    out.extend_from_slice(&attempt.started_at.as_millis().to_be_bytes());
    out.extend_from_slice(&micros.to_be_bytes());
    out.extend_from_slice(&attempt.webhook_version.to_be_bytes());
    out.extend_from_slice(&attempt.status_code.unwrap_or(0).to_be_bytes());
    out.push(attempt.error_class.map_or(0, ErrorClass::code));
    out.push(flags);
    out.extend_from_slice(&address);
    out.extend_from_slice(&u32::try_from(response.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(&signatures.fanfare);
    for mac in signatures.standard.iter().flatten() {
        out.extend_from_slice(mac);
    }
    out.extend_from_slice(response);
    if out.len() < ROOM {
        out.resize(ROOM, 0);
    }
}

/// A long response in fewer bytes, if it has a shorter form.
fn compressed(response: &[u8]) -> Option<Vec<u8>> {
    if response.len() < LONG {
        return None;
    }
    let shorter = lz4_flex::block::compress_prepend_size(response);
    (shorter.len() < response.len()).then_some(shorter)
}

/// The response from its stored form.
fn response(stored: &[u8], flags: u8) -> Option<Bytes> {
    if flags & COMPRESSED == 0 {
        return Some(Bytes::copy_from_slice(stored));
    }
    let (length, block) = lz4_flex::block::uncompressed_size(stored).ok()?;
    if length > limits::RESPONSE_KEPT {
        return None;
    }
    lz4_flex::block::decompress(block, length).ok().map(Bytes::from)
}

/// Takes the receiver's answer out of an encoded attempt; everything else stays.
pub(crate) fn erase_response(bytes: &mut Vec<u8>) -> Result<(), Fault> {
    let damaged = || Fault::corrupt("an attempt is cut short");
    let flags = *bytes.get(19).ok_or_else(damaged)?;
    let macs = 1 + STANDARD.iter().filter(|flag| flags & **flag != 0).count();
    bytes.get_mut(38..42).ok_or_else(damaged)?.fill(0);
    bytes[19] &= !(TRUNCATED | COMPRESSED);
    bytes.truncate(HEAD + 32 * macs);
    if bytes.len() < ROOM {
        bytes.resize(ROOM, 0);
    }
    Ok(())
}

/// The status code in an encoded attempt.
pub(crate) fn status_code(bytes: &[u8]) -> Option<u16> {
    let code = bytes.get(16..18).map(|code| u16::from_be_bytes([code[0], code[1]]))?;
    (code != 0).then_some(code)
}

/// The error class in an encoded attempt.
pub(crate) fn error_class(bytes: &[u8]) -> Option<ErrorClass> {
    bytes.get(18).copied().and_then(ErrorClass::from_code)
}

/// Reads an attempt.
pub(crate) fn decode(number: u8, bytes: &[u8]) -> Result<Attempt, Fault> {
    decode_parts(number, bytes).ok_or_else(|| Fault::corrupt("an attempt is cut short"))
}

fn decode_parts(number: u8, bytes: &[u8]) -> Option<Attempt> {
    let (head, mut rest) = bytes.split_at_checked(HEAD)?;
    let flags = head[19];
    let mut mac = || {
        let (mac, after) = rest.split_first_chunk::<32>()?;
        rest = after;
        Some(*mac)
    };
    let fanfare = mac()?;
    let mut standard = [None; 2];
    for (slot, flag) in standard.iter_mut().zip(STANDARD) {
        if flags & flag != 0 {
            *slot = Some(mac()?);
        }
    }
    let length = u32::from_be_bytes(head[38..42].try_into().ok()?);
    let stored = rest.get(..usize::try_from(length).ok()?)?;
    Some(Attempt {
        number,
        started_at: Timestamp::from_millis(i64::from_be_bytes(head[..8].try_into().ok()?)),
        duration: Duration::from_micros(u64::from(u32::from_be_bytes(
            head[8..12].try_into().ok()?,
        ))),
        status_code: status_code(head),
        error_class: error_class(head),
        response_body: response(stored, flags)?,
        response_truncated: flags & TRUNCATED != 0,
        remote_addr: (flags & ADDRESS != 0).then(|| address(head)).flatten(),
        webhook_version: u32::from_be_bytes(head[12..16].try_into().ok()?),
        signatures: SentSignatures { fanfare, standard },
    })
}

fn address(head: &[u8]) -> Option<String> {
    let octets: [u8; 16] = head[20..36].try_into().ok()?;
    let port = u16::from_be_bytes([head[36], head[37]]);
    let ip = Ipv6Addr::from(octets).to_canonical();
    Some(SocketAddr::new(ip, port).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt() -> RecordedAttempt {
        RecordedAttempt {
            started_at: Timestamp::from_millis(1_718_897_400_123),
            duration: Duration::from_micros(31_900),
            status_code: Some(503),
            error_class: Some(ErrorClass::Http5xx),
            response_body: Bytes::from_static(b"try later"),
            response_truncated: true,
            remote_addr: Some("192.0.2.7:443".parse().unwrap()),
            webhook_version: 7,
            signatures: SentSignatures {
                fanfare: [1; 32],
                standard: [Some([2; 32]), Some([3; 32])],
            },
        }
    }

    fn check(given: &RecordedAttempt) -> usize {
        let mut bytes = vec![9; 500];
        encode(given, &mut bytes);
        let read = decode(3, &bytes).unwrap();
        assert_eq!(read.number, 3);
        assert_eq!(read.started_at, given.started_at);
        assert_eq!(read.duration, given.duration);
        assert_eq!(read.status_code, given.status_code);
        assert_eq!(read.error_class, given.error_class);
        assert_eq!(read.response_body, given.response_body);
        assert_eq!(read.response_truncated, given.response_truncated);
        assert_eq!(read.remote_addr, given.remote_addr.map(|addr| addr.to_string()));
        assert_eq!(read.webhook_version, given.webhook_version);
        assert_eq!(read.signatures, given.signatures);
        for cut in 0..HEAD + 32 {
            assert!(decode(3, &bytes[..cut]).is_err(), "{cut}");
        }
        bytes.len()
    }

    #[test]
    fn attempts_round_trip_and_the_usual_success_has_the_placeholders_length() {
        let mut given = attempt();
        check(&given);
        given.remote_addr = Some("[2001:db8::1]:8443".parse().unwrap());
        given.response_body = Bytes::from(vec![b'x'; 16 * 1024]);
        assert!(check(&given) < 1024, "compressed");
        given.response_body = (0..16 * 1024_u32)
            .map(|n| (n.wrapping_mul(n).wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        assert!(check(&given) > 4 * 1024);
        given = RecordedAttempt {
            status_code: None,
            error_class: None,
            remote_addr: None,
            response_truncated: false,
            response_body: Bytes::from_static(b"{\"received\":true}"),
            signatures: SentSignatures { fanfare: [1; 32], standard: [Some([2; 32]), None] },
            ..given
        };
        assert_eq!(check(&given), ROOM);
        given.signatures.standard = [None, None];
        given.response_body = Bytes::new();
        assert_eq!(check(&given), ROOM);
    }
}
