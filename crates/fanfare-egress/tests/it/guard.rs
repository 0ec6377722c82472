//! The guard: what is resolved, vetted and dialled, and what the customer learns of it.

use std::sync::Arc;
use std::time::Duration;

use fanfare_egress::{
    Egress, EgressError, EgressLimits, EgressPolicy, ErrorClass, Resolve, Resolving,
    SystemResolver, Target,
};
use tokio::time::Instant;

use crate::support::{Names, Receiver, ample, egress, loopback, post};

const NAME: &str = "hooks.example.com";

fn target(egress: &Egress, url: &str) -> Target {
    Target::parse(url, egress.policy()).unwrap()
}

async fn connect(egress: &Egress, url: &str) -> Result<(), EgressError> {
    egress.connect(&target(egress, url)).await.map(|_| ())
}

#[tokio::test]
async fn a_name_that_turns_to_loopback_after_it_was_vetted_is_refused() {
    let canary = Receiver::answering("").await;
    let port = canary.address.port();
    let policy = EgressPolicy { extra_ports: vec![port], ..EgressPolicy::default() };
    let names =
        Arc::new(Names::default().with(NAME, &["93.184.216.34"]).with(NAME, &["127.0.0.1"]));
    let egress = Egress::new(policy, names.clone(), EgressLimits::default());
    let target = target(&egress, &format!("https://{NAME}:{port}/"));
    assert_eq!(egress.vet(&target).await.unwrap()[0].to_string(), format!("93.184.216.34:{port}"));
    let error = egress.connect(&target).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Refused);
    assert_eq!(names.asked(), 2, "one resolution per call");
    assert_eq!(canary.accepted(), 0);
}

#[tokio::test]
async fn one_forbidden_answer_refuses_all_of_them() {
    let canary = Receiver::answering("").await;
    let port = canary.address.port();
    for forbidden in ["10.0.0.1", "fe80::1", "64:ff9b::1", "::ffff:127.0.0.1", "0.0.0.0"] {
        let names = Names::default().with(NAME, &["127.0.0.1", forbidden]);
        let egress = egress(loopback(), names);
        let error = connect(&egress, &format!("http://{NAME}:{port}/")).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Refused, "{forbidden}");
    }
    assert_eq!(canary.accepted(), 0);
}

#[tokio::test]
async fn an_unusual_port_is_open_inside_the_allowed_network_alone() {
    let receiver = Receiver::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let port = receiver.address.port();
    let names = Names::default()
        .with("inside.example.com", &["127.0.0.1"])
        .with("receiver", &["127.0.0.1"])
        .with("outside.example.com", &["93.184.216.34"])
        .with("both.example.com", &["127.0.0.1", "93.184.216.34"])
        .with("bare", &["93.184.216.34"]);
    let egress = egress(loopback(), names);
    for host in ["inside.example.com", "receiver", "127.0.0.1"] {
        let target = target(&egress, &format!("http://{host}:{port}/"));
        let mut channel = egress.connect(&target).await.unwrap();
        assert_eq!(channel.send(post("{}"), ample()).await.unwrap().status, 200, "{host}");
    }
    assert_eq!(receiver.accepted(), 3);
    for url in [
        format!("http://outside.example.com:{port}/"),
        format!("http://both.example.com:{port}/"),
        "https://bare/".to_owned(),
    ] {
        let refused = egress.vet(&target(&egress, &url)).await.unwrap_err();
        assert_eq!(refused.class(), ErrorClass::Refused, "{url}");
    }
    let public = target(&egress, "https://outside.example.com/");
    assert_eq!(egress.vet(&public).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_laxer_policy_parsed_is_vetted_by_the_stricter_one() {
    let canary = Receiver::answering("").await;
    let lax = loopback();
    let names = || Names::default().with("bare", &["127.0.0.1"]).with(NAME, &["93.184.216.34"]);
    let strict = egress(EgressPolicy::default(), names());
    let literal = Target::parse(&canary.url().replace("http:", "https:"), &lax).unwrap();
    let bare = Target::parse("https://bare/", &lax).unwrap();
    let plain = Target::parse(&format!("http://{NAME}/"), &lax).unwrap();
    for target in [literal, bare, plain] {
        let error = strict.connect(&target).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Refused, "{target}");
    }
    assert_eq!(canary.accepted(), 0);
}

#[tokio::test]
async fn the_next_address_is_dialled_when_the_first_does_not_answer() {
    let receiver = Receiver::answering("").await;
    let names = Names::default().with(NAME, &["127.0.0.9", "127.0.0.1"]);
    let egress = egress(loopback(), names);
    let url = format!("http://{NAME}:{}/", receiver.address.port());
    let channel = egress.connect(&target(&egress, &url)).await.unwrap();
    assert_eq!(channel.peer(), receiver.address);
}

#[tokio::test]
async fn a_closed_port_is_a_connect_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let egress = egress(loopback(), Names::default());
    let error = connect(&egress, &format!("http://{address}/")).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Connect);
    assert!(!error.sent() && !error.is_stale_reuse());
    assert!(error.detail().contains(&address.to_string()), "{}", error.detail());
}

#[tokio::test]
async fn the_customer_cannot_tell_a_forbidden_name_from_one_that_does_not_exist() {
    let names = Names::default()
        .with("private.example.com", &["10.11.12.13"])
        .with("empty.example.com", &[])
        .then("broken.example.com", Err("SERVFAIL"));
    let egress = egress(EgressPolicy::default(), names);
    let mut texts = Vec::new();
    for host in ["private", "empty", "broken", "unknown"] {
        let url = format!("https://{host}.example.com/");
        let error = egress.vet(&target(&egress, &url)).await.unwrap_err();
        assert!(!error.detail().is_empty());
        texts.push(error.to_string());
    }
    assert!(!texts[0].contains("10.11.12.13"), "{}", texts[0]);
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
}

struct Never;

impl Resolve for Never {
    fn resolve<'a>(&'a self, _host: &'a str) -> Resolving<'a> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_resolver_that_does_not_answer_costs_the_connect_budget() {
    let egress = Egress::new(EgressPolicy::default(), Arc::new(Never), EgressLimits::default());
    let began = Instant::now();
    let error = connect(&egress, "https://hooks.example.com/").await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Dns);
    assert_eq!(began.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_tls_handshake_that_does_not_come_costs_the_connect_budget() {
    let receiver = Receiver::start(|mut peer, _| async move { peer.until_closed().await }).await;
    let egress = egress(loopback(), Names::default());
    let began = Instant::now();
    let error = connect(&egress, &format!("https://{}/", receiver.address)).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout);
    assert_eq!(began.elapsed().as_secs(), 5);
}

#[tokio::test]
async fn at_most_sixteen_answers_are_considered() {
    let many: Vec<String> = (1..=40).map(|last| format!("93.184.216.{last}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let egress = egress(EgressPolicy::default(), Names::default().with(NAME, &many));
    let addresses = egress.vet(&target(&egress, &format!("https://{NAME}/"))).await.unwrap();
    assert_eq!(addresses.len(), 16);
}

#[tokio::test]
async fn the_systems_resolver_finds_localhost() {
    let addresses = SystemResolver.resolve("localhost").await.unwrap();
    assert!(!addresses.is_empty() && addresses.iter().all(std::net::IpAddr::is_loopback));
}
