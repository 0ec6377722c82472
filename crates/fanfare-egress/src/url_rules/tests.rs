use super::*;

fn strict(raw: &str) -> Result<Target, UrlError> {
    Target::parse(raw, &EgressPolicy::default())
}

fn loopback() -> EgressPolicy {
    EgressPolicy {
        allow_private: vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()],
        ..EgressPolicy::default()
    }
}

#[test]
fn the_parts_of_an_accepted_url() {
    let target = strict("https://Hooks.Example.com:8443/a b?c=ü");
    assert_eq!(target, Err(UrlError::Characters));
    let target = strict("https://Hooks.Example.com:8443/ä?c=ü%20%41@x").unwrap();
    assert_eq!(target.as_str(), "https://hooks.example.com:8443/%C3%A4?c=%C3%BC%20%41@x");
    assert_eq!(target.host(), "hooks.example.com");
    assert_eq!(target.port(), 8443);
    assert!(target.is_tls());
    assert_eq!(target.authority(), "hooks.example.com:8443");
    assert_eq!(target.path_and_query(), "/%C3%A4?c=%C3%BC%20%41@x");
    assert_eq!(target.request_uri().to_string(), target.path_and_query());
    assert_eq!(strict(target.as_str()).as_ref(), Ok(&target));
    assert_eq!(target.to_string(), target.as_str());
}

#[test]
fn what_is_left_out_is_filled_in() {
    let target = strict("https://example.com:443").unwrap();
    assert_eq!(target.as_str(), "https://example.com/");
    assert_eq!((target.authority(), target.port()), ("example.com", 443));
    assert_eq!(target.path_and_query(), "/");
    let target = strict("https://example.com?a").unwrap();
    assert_eq!(target.path_and_query(), "/?a");
    assert_eq!(strict("https://example.com./x").unwrap().as_str(), "https://example.com/x");
}

#[test]
fn every_refusal_has_its_own_reason_and_code() {
    let long = format!("https://example.com/{}", "a".repeat(MAX_URL_BYTES));
    let grows = format!("https://example.com/{}", "ü".repeat(900));
    let label = format!("https://{}.com/", "a".repeat(64));
    let name = format!("https://{}com/", "a.".repeat(126));
    let cases = [
        (long.as_str(), "url_too_long"),
        (&grows, "url_too_long"),
        ("", "url_scheme"),
        ("http://example.com/", "url_scheme"),
        ("ftp://example.com/", "url_scheme"),
        ("HTTPS://example.com/", "url_scheme"),
        ("https:/example.com/", "url_scheme"),
        (" https://example.com/", "url_scheme"),
        ("https://example.com/a b", "url_characters"),
        ("https://example.com/a\u{a0}b", "url_characters"),
        ("https://example.com/a\u{7f}b", "url_characters"),
        ("https://example.com\\a", "url_characters"),
        ("https://exam\tple.com/", "url_characters"),
        ("https://example.com/#", "url_fragment"),
        ("https://a:b@example.com/", "url_user_info"),
        ("https://@example.com/", "url_user_info"),
        ("https://ex%61mple.com/", "url_encoded_host"),
        ("https://", "url_no_host"),
        ("https:///example.com", "url_no_host"),
        ("https://?a", "url_no_host"),
        ("https://:443/", "url_syntax"),
        ("https://example.com:80a/", "url_syntax"),
        ("https://example.com:65536/", "url_syntax"),
        ("https://[::1", "url_syntax"),
        ("https://8.8.8.8/", "url_ip_address"),
        ("https://134744072/", "url_ip_address"),
        ("https://[2606:4700::1111]/", "url_ip_address"),
        (&label, "url_host_name"),
        (&name, "url_host_name"),
        ("https://a..example.com/", "url_host_name"),
        ("https://example.com../", "url_host_name"),
        ("https://a!b.example.com/", "url_host_name"),
        ("https://localhost/", "url_single_label"),
        ("https://com./", "url_single_label"),
        ("https://printer.local/", "url_reserved_name"),
        ("https://metadata.google.INTERNAL./", "url_reserved_name"),
        ("https://example.com:80/", "url_port"),
        ("https://example.com:0/", "url_port"),
        ("https://example.com:5432/", "url_port"),
    ];
    for (raw, code) in cases {
        match strict(raw) {
            Ok(target) => panic!("{raw:?} was accepted as {target}"),
            Err(error) => {
                assert_eq!(error.code(), code, "{raw:?}: {error}");
                assert!(!error.to_string().is_empty());
            }
        }
    }
}

#[test]
fn http_and_its_port_come_together() {
    let policy = EgressPolicy { allow_http: true, ..EgressPolicy::default() };
    let target = Target::parse("http://example.com/", &policy).unwrap();
    assert_eq!((target.port(), target.is_tls()), (80, false));
    assert!(Target::parse("https://example.com:80/", &policy).is_ok());
    let error = Target::parse("http://example.com:81/", &policy).unwrap_err();
    assert!(error.to_string().ends_with("use one of 443, 8080, 8443, 80"), "{error}");
    let error = Target::parse("gopher://example.com/", &policy).unwrap_err();
    assert!(error.to_string().ends_with("https:// or http://"), "{error}");
}

#[test]
fn a_port_of_the_operator_is_open_to_public_names() {
    let policy = EgressPolicy { extra_ports: vec![9443], ..EgressPolicy::default() };
    assert!(!Target::parse("https://example.com:9443/", &policy).unwrap().private_only());
    assert!(Target::parse("https://example.com:9444/", &policy).is_err());
}

#[test]
fn an_allowed_network_lifts_the_refusal_of_literals_ports_and_bare_names() {
    let accepted = |raw: &str| Target::parse(raw, &loopback()).unwrap();
    assert!(accepted("https://127.0.0.1:9/").private_only());
    assert!(accepted("https://[::1]:9/").private_only());
    assert!(accepted("https://localhost/").private_only());
    assert!(accepted("https://receiver:9000/").private_only());
    assert!(accepted("https://hooks.example.com:9000/").private_only());
    assert!(!accepted("https://hooks.example.com/").private_only());
    assert_eq!(accepted("https://[::1]:9/").host(), "[::1]");
    assert_eq!(accepted("https://[::1]/").host(), "[::1]");
    assert_eq!(accepted("https://0x7f.1:9/").as_str(), "https://127.0.0.1:9/");
}

#[test]
fn an_allowed_network_lifts_nothing_else() {
    let refused = [
        ("https://10.0.0.1/", "url_ip_address"),
        ("https://8.8.8.8/", "url_ip_address"),
        ("https://[::ffff:127.0.0.1]/", "url_ip_address"),
        ("https://[::127.0.0.1]/", "url_ip_address"),
        ("https://127.0.0.1:0/", "url_port"),
        ("https://localhost:0/", "url_port"),
        ("http://localhost/", "url_scheme"),
        ("https://foo.localhost/", "url_reserved_name"),
        ("https://redis.svc.cluster/", "url_reserved_name"),
        ("https://a@127.0.0.1/", "url_user_info"),
    ];
    for (raw, code) in refused {
        let error = Target::parse(raw, &loopback()).unwrap_err();
        assert_eq!(error.code(), code, "{raw}");
    }
}

#[test]
fn a_webhook_to_ourselves_is_a_loop() {
    let own_hosts = ["Fanfare.example.com", "dual.example.com.:8443", "[::1]:9", "[::2]"];
    let policy = EgressPolicy {
        own_hosts: own_hosts.map(str::to_owned).into(),
        allow_private: vec!["::/64".parse().unwrap()],
        ..EgressPolicy::default()
    };
    for own in [
        "https://fanfare.example.com/",
        "https://FANFARE.example.com.:8443/",
        "https://dual.example.com:8443/",
        "https://[::1]:9/",
        "https://[0::2]/",
    ] {
        assert_eq!(Target::parse(own, &policy), Err(UrlError::OwnHost), "{own}");
    }
    for other in
        ["https://dual.example.com/", "https://a.fanfare.example.com/", "https://[::1]:10/"]
    {
        assert!(Target::parse(other, &policy).is_ok(), "{other}");
    }
}
