use super::*;

fn strict(address: &str) -> Verdict {
    verdict(address.parse().unwrap(), &EgressPolicy::default())
}

#[test]
fn both_edges_of_every_refused_ipv4_block() {
    for net in REFUSED_V4 {
        let policy = EgressPolicy::default();
        let (first, last) = (u32::from(net.network()), u32::from(net.broadcast()));
        for inside in [first, last, first + (last - first) / 2] {
            let address = IpAddr::V4(inside.into());
            assert_eq!(verdict(address, &policy), Verdict::Refused, "{address} in {net}");
        }
        for outside in [first.wrapping_sub(1), last.wrapping_add(1)] {
            let address = Ipv4Addr::from(outside);
            // Multicast and the reserved block touch, and both ends of the numbers meet.
            if !REFUSED_V4.iter().any(|other| other.contains(&address)) {
                assert_eq!(verdict(address.into(), &policy), Verdict::Public, "{address}");
            }
        }
    }
}

#[test]
fn known_public_addresses_are_public() {
    for address in ["1.1.1.1", "8.8.8.8", "93.184.216.34", "168.63.129.15", "168.63.129.17"] {
        assert_eq!(strict(address), Verdict::Public, "{address}");
    }
    for address in
        ["2606:4700::1111", "2001:200::1", "2003::1", "3ffe::1", "3fff:1000::1", "2000::"]
    {
        assert_eq!(strict(address), Verdict::Public, "{address}");
    }
}

#[test]
fn ipv6_is_denied_outside_of_what_is_handed_out() {
    let refused = [
        "::",
        "::1",
        "::7f00:1",
        "::ffff:8.8.8.8",
        "::ffff:0:8.8.8.8",
        "::5efe:808:808",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::1",
        "100::1",
        "100:0:0:1::1",
        "200::1",
        "1fff:ffff::1",
        "2001::1",
        "2001:2::1",
        "2001:1ff:ffff::1",
        "2001:db8::1",
        "2002:808:808::1",
        "2620:4f:8000::1",
        "3fff::1",
        "3fff:fff:ffff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fdff::1",
        "fd00:ec2::254",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
    ];
    for address in refused {
        assert_eq!(strict(address), Verdict::Refused, "{address}");
    }
}

#[test]
fn the_operator_allows_networks_and_denies_them_with_more_weight() {
    let policy = EgressPolicy {
        allow_private: vec!["10.1.0.0/16".parse().unwrap(), "::1/128".parse().unwrap()],
        extra_denied: vec!["10.1.2.3/32".parse().unwrap(), "8.8.8.0/24".parse().unwrap()],
        ..EgressPolicy::default()
    };
    let verdict = |address: &str| verdict(address.parse().unwrap(), &policy);
    assert_eq!(verdict("10.1.2.4"), Verdict::AllowedPrivate);
    assert_eq!(verdict("::1"), Verdict::AllowedPrivate);
    assert_eq!(verdict("10.1.2.3"), Verdict::Refused);
    assert_eq!(verdict("10.2.0.1"), Verdict::Refused);
    assert_eq!(verdict("8.8.8.8"), Verdict::Refused);
    assert_eq!(verdict("8.8.4.4"), Verdict::Public);
    assert_eq!(verdict("::ffff:10.1.2.4"), Verdict::Refused);
}

#[test]
fn a_mapped_address_is_refused_even_inside_an_allowed_network() {
    let policy =
        EgressPolicy { allow_private: vec!["::/0".parse().unwrap()], ..EgressPolicy::default() };
    let mapped = "::ffff:169.254.169.254".parse().unwrap();
    assert_eq!(verdict(mapped, &policy), Verdict::Refused);
}

/// The examples of RFC 6052 §2.4, which embed 192.0.2.33.
#[test]
fn nat64_addresses_embed_what_the_rfc_says() {
    let examples = [
        ("2001:db8:c000:221::", 32),
        ("2001:db8:1c0:2:21::", 40),
        ("2001:db8:122:c000:2:2100::", 48),
        ("2001:db8:122:3c0:0:221::", 56),
        ("2001:db8:122:344:c0:2:2100::", 64),
        ("2001:db8:122:344::192.0.2.33", 96),
    ];
    for (address, prefix_len) in examples {
        let found = embedded(address.parse().unwrap(), prefix_len);
        assert_eq!(found, Some(Ipv4Addr::new(192, 0, 2, 33)), "{address}/{prefix_len}");
    }
    assert_eq!(embedded("2001:db8:122:344:ffc0:2:2100::".parse().unwrap(), 64), None);
    assert_eq!(embedded("2001:db8::1".parse().unwrap(), 80), None);
}

#[test]
fn a_nat64_prefix_in_use_gives_the_verdict_of_what_it_embeds() {
    let policy = EgressPolicy {
        nat64: vec!["64:ff9b::/96".parse().unwrap(), "2a00:1:2::/80".parse().unwrap()],
        ..EgressPolicy::default()
    };
    let verdict = |address: &str| verdict(address.parse().unwrap(), &policy);
    assert_eq!(verdict("64:ff9b::8.8.8.8"), Verdict::Public);
    assert_eq!(verdict("64:ff9b::10.0.0.1"), Verdict::Refused);
    assert_eq!(verdict("64:ff9b:1::8.8.8.8"), Verdict::Refused);
    assert_eq!(verdict("2a00:1:2::808:808"), Verdict::Refused, "no such prefix length");
    assert_eq!(verdict("2a00:1:3::1"), Verdict::Public);
}
