//! Every spelling of an address means that address, and every embedding of an IPv4 address in an
//! IPv6 one is refused, or judged as what it embeds where the operator says so.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use fanfare_egress::address::{Verdict, verdict};
use fanfare_egress::{EgressPolicy, Target};
use ipnet::{IpNet, Ipv4Net};
use proptest::prelude::*;

/// Addresses of all kinds, those near the edges of blocks more often.
fn any_v4() -> impl Strategy<Value = Ipv4Addr> {
    let first = prop::sample::select(vec![0u8, 10, 100, 127, 168, 169, 172, 192, 198, 203, 224]);
    let low = prop::sample::select(vec![0u32, 1, 0xff_ffff, 0xfe_a9fe, 0xa8_0101, 0x40_0000]);
    prop_oneof![
        any::<u32>().prop_map(Ipv4Addr::from),
        (first, low).prop_map(|(first, low)| Ipv4Addr::from((u32::from(first) << 24) | low)),
    ]
}

/// One number as decimal, octal or hexadecimal.
fn number(value: u32, form: u8) -> String {
    match form % 5 {
        0 => value.to_string(),
        1 => format!("0{value:o}"),
        2 => format!("0x{value:x}"),
        3 => format!("0X{value:X}"),
        _ => format!("000{value:o}"),
    }
}

/// The forms of `inet_aton`: one to four parts, each in its own base, with or without a final dot.
fn spelled(address: Ipv4Addr, parts: u8, forms: [u8; 4], dot: bool) -> String {
    let [a, b, c, d] = address.octets().map(u32::from);
    let values = match parts {
        1 => vec![u32::from(address)],
        2 => vec![a, (b << 16) | (c << 8) | d],
        3 => vec![a, b, (c << 8) | d],
        _ => vec![a, b, c, d],
    };
    let texts: Vec<String> =
        values.iter().zip(forms).map(|(value, form)| number(*value, form)).collect();
    format!("{}{}", texts.join("."), if dot { "." } else { "" })
}

/// The same digits in other alphabets, which IDNA maps to ASCII.
fn full_width(text: &str) -> String {
    let wide = |c: char| match c {
        '0'..='9' => char::from_u32(u32::from(c) - u32::from('0') + 0xff10).unwrap(),
        '.' => '\u{3002}',
        other => other,
    };
    text.chars().map(wide).collect()
}

fn embeddings(address: Ipv4Addr) -> Vec<Ipv6Addr> {
    let [a, b, c, d] = address.octets().map(u16::from);
    let (high, low) = ((a << 8) | b, (c << 8) | d);
    vec![
        address.to_ipv6_mapped(),
        address.to_ipv6_compatible(),
        Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low), // SIIT
        Ipv6Addr::new(0, 0, 0, 0, 0, 0x5efe, high, low), // ISATAP
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0x200, 0x5efe, high, low),
        Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low), // NAT64
        Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
        Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1), // 6to4
        Ipv6Addr::new(0x2001, 0, high, low, 0, 0, !high, !low), // Teredo
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn no_spelling_of_an_address_is_a_host_by_default(
        address in any_v4(), parts in 1u8..=4, forms: [u8; 4], dot: bool, wide: bool,
    ) {
        let text = spelled(address, parts, forms, dot);
        let text = if wide { full_width(&text) } else { text };
        for url in [format!("https://{text}/"), format!("https://{text}:8443/")] {
            let parsed = Target::parse(&url, &EgressPolicy::default());
            prop_assert!(parsed.is_err(), "{url} was accepted as {parsed:?}");
        }
    }

    #[test]
    fn every_spelling_of_an_allowed_address_is_that_address(
        address in any_v4(), bits in 0u8..=32, other in any_v4(),
        parts in 1u8..=4, forms: [u8; 4], dot: bool, wide: bool,
    ) {
        let net = Ipv4Net::new(other, bits).unwrap();
        let policy = EgressPolicy {
            allow_private: vec![IpNet::V4(net)],
            ..EgressPolicy::default()
        };
        let text = spelled(address, parts, forms, dot);
        let text = if wide { full_width(&text) } else { text };
        match Target::parse(&format!("https://{text}/"), &policy) {
            Ok(target) => {
                prop_assert_eq!(target.host(), address.to_string());
                prop_assert!(net.contains(&address));
            }
            Err(_) => prop_assert!(!net.contains(&address), "{text} is in {net}"),
        }
    }

    #[test]
    fn no_embedding_is_a_way_around_the_rule(address in any_v4()) {
        let strict = EgressPolicy::default();
        for embedding in embeddings(address) {
            prop_assert_eq!(verdict(embedding.into(), &strict), Verdict::Refused, "{}", embedding);
            let url = format!("https://[{embedding}]/");
            prop_assert!(Target::parse(&url, &strict).is_err(), "{}", url);
        }
    }

    #[test]
    fn an_allowed_ipv4_network_does_not_allow_its_embeddings(address in any_v4()) {
        let policy = EgressPolicy {
            allow_private: vec!["0.0.0.0/0".parse().unwrap()],
            ..EgressPolicy::default()
        };
        prop_assert_eq!(verdict(address.into(), &policy), Verdict::AllowedPrivate);
        for embedding in embeddings(address) {
            prop_assert_eq!(verdict(embedding.into(), &policy), Verdict::Refused, "{}", embedding);
        }
    }

    #[test]
    fn nat64_in_use_gives_the_same_verdict_as_the_ipv4_rule(address in any_v4()) {
        let policy = EgressPolicy {
            nat64: vec!["64:ff9b::/96".parse().unwrap()],
            ..EgressPolicy::default()
        };
        let expected = verdict(address.into(), &policy);
        for embedding in embeddings(address) {
            let is_nat64 = embedding.segments()[..3] == [0x64, 0xff9b, 0];
            let expected = if is_nat64 { expected } else { Verdict::Refused };
            prop_assert_eq!(verdict(embedding.into(), &policy), expected, "{}", embedding);
        }
    }

    #[test]
    fn ipv6_is_public_inside_what_is_handed_out_alone(bits: u128) {
        let address = Ipv6Addr::from(bits);
        if verdict(IpAddr::V6(address), &EgressPolicy::default()) == Verdict::Public {
            prop_assert_eq!(address.segments()[0] >> 13, 1, "{}", address);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// Whatever is accepted is stored in a form that is accepted again and means the same.
    #[test]
    fn what_is_accepted_is_stable(
        raw in r"https?://[a-zA-Zäß.0-9-]{1,30}(:(443|8080|80|9))?(/[^#]{0,20})?(\?[^#]{0,20})?",
    ) {
        for policy in [EgressPolicy::default(), crate::support::loopback()] {
            if let Ok(target) = Target::parse(&raw, &policy) {
                let again = Target::parse(target.as_str(), &policy).unwrap();
                prop_assert_eq!(again.as_str(), target.as_str());
                let (authority, path) = (target.authority(), target.path_and_query());
                let scheme = if target.is_tls() { "https" } else { "http" };
                prop_assert_eq!(target.as_str(), format!("{scheme}://{authority}{path}"));
                prop_assert!(target.as_str().is_ascii());
            }
        }
    }

    #[test]
    fn nothing_makes_it_panic(raw in "\\PC{0,60}", tail: String) {
        let _ = Target::parse(&raw, &EgressPolicy::default());
        let _ = Target::parse(&format!("https://{tail}"), &crate::support::loopback());
    }
}
