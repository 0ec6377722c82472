//! Which addresses may be connected to. A pure function of address and policy.
//!
//! Whole blocks are refused rather than spellings or encodings: IPv6 is denied by default except
//! for 2000::/3, so that every way of embedding an IPv4 address outside of it is refused without
//! being listed. Blocks are those of the IANA special-purpose registries, and cloud metadata
//! services that look public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::EgressPolicy;

/// What is to be done with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A public address: any webhook may lead there.
    Public,
    /// Inside a network that the operator allows.
    AllowedPrivate,
    /// Not to be connected to.
    Refused,
}

impl Verdict {
    /// Whether a connection may be opened; `private_only`: to an allowed private network alone.
    pub(crate) const fn permits(self, private_only: bool) -> bool {
        match self {
            Self::Public => !private_only,
            Self::AllowedPrivate => true,
            Self::Refused => false,
        }
    }
}

/// The verdict on an address. What the operator denies comes first, then what he allows, then
/// the default. An IPv4-mapped address (`::ffff:0:0/96`) is always refused: it is a second
/// spelling, which no resolver gives, of an address with rules of its own.
pub fn verdict(address: IpAddr, policy: &EgressPolicy) -> Verdict {
    let inside = |nets: &[IpNet]| nets.iter().any(|net| net.contains(&address));
    if is_mapped(address) || inside(&policy.extra_denied) {
        Verdict::Refused
    } else if inside(&policy.allow_private) {
        Verdict::AllowedPrivate
    } else {
        match address {
            IpAddr::V4(address) => public(!REFUSED_V4.iter().any(|net| net.contains(&address))),
            IpAddr::V6(address) => verdict_v6(address, policy),
        }
    }
}

fn verdict_v6(address: Ipv6Addr, policy: &EgressPolicy) -> Verdict {
    match policy.nat64.iter().find(|prefix| prefix.contains(&address)) {
        Some(prefix) => match embedded(address, prefix.prefix_len()) {
            Some(embedded) => verdict(IpAddr::V4(embedded), policy),
            None => Verdict::Refused,
        },
        None => {
            let refused = REFUSED_V6.iter().any(|net| net.contains(&address));
            public(GLOBAL_V6.contains(&address) && !refused)
        }
    }
}

const fn public(is_public: bool) -> Verdict {
    if is_public { Verdict::Public } else { Verdict::Refused }
}

const fn is_mapped(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some())
}

/// The IPv4 address inside a NAT64 address (RFC 6052 §2.2: the bits after the prefix, stepping
/// over bits 64–71, which must be zero). `None` for a prefix length that the RFC does not know.
fn embedded(address: Ipv6Addr, prefix_len: u8) -> Option<Ipv4Addr> {
    let o = address.octets();
    if prefix_len != 96 && o[8] != 0 {
        return None;
    }
    let v4 = match prefix_len {
        32 => [o[4], o[5], o[6], o[7]],
        40 => [o[5], o[6], o[7], o[9]],
        48 => [o[6], o[7], o[9], o[10]],
        56 => [o[7], o[9], o[10], o[11]],
        64 => [o[9], o[10], o[11], o[12]],
        96 => [o[12], o[13], o[14], o[15]],
        _ => return None,
    };
    Some(Ipv4Addr::from(v4))
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix_len: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix_len)
}

const fn v6(a: u16, b: u16, c: u16, prefix_len: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix_len)
}

const REFUSED_V4: [Ipv4Net; 19] = [
    v4(0, 0, 0, 0, 8),        // "this network"; Linux connects 0.0.0.0 to itself
    v4(10, 0, 0, 0, 8),       // private
    v4(100, 64, 0, 0, 10),    // carrier-grade NAT
    v4(127, 0, 0, 0, 8),      // loopback
    v4(168, 63, 129, 16, 32), // Azure's host service: looks public, is not
    v4(169, 254, 0, 0, 16),   // link-local, cloud metadata
    v4(172, 16, 0, 0, 12),    // private
    v4(192, 0, 0, 0, 24),     // protocol assignments, Oracle's metadata
    v4(192, 0, 2, 0, 24),     // documentation
    v4(192, 31, 196, 0, 24),  // AS112
    v4(192, 52, 193, 0, 24),  // AMT
    v4(192, 88, 99, 0, 24),   // 6to4 relays
    v4(192, 168, 0, 0, 16),   // private
    v4(192, 175, 48, 0, 24),  // AS112
    v4(198, 18, 0, 0, 15),    // benchmarking
    v4(198, 51, 100, 0, 24),  // documentation
    v4(203, 0, 113, 0, 24),   // documentation
    v4(224, 0, 0, 0, 4),      // multicast
    v4(240, 0, 0, 0, 4),      // reserved, broadcast
];

/// The only part of IPv6 that is handed out.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 0, 3);

const REFUSED_V6: [Ipv6Net; 5] = [
    v6(0x2001, 0, 0, 23),     // protocol assignments: Teredo, ORCHID, benchmarking …
    v6(0x2001, 0xdb8, 0, 32), // documentation
    v6(0x2002, 0, 0, 16),     // 6to4: embeds IPv4
    v6(0x2620, 0x4f, 0x8000, 48), // AS112
    v6(0x3fff, 0, 0, 20),     // documentation
];

#[cfg(test)]
mod tests;
