//! Proxy variables of the environment are not looked at. Variables belong to a process, so this
//! runs the test binary once more with them set.

use std::process::Command;

use fanfare_egress::{Egress, EgressLimits, SystemResolver, Target};

use crate::support::{Receiver, ample, loopback, post};

const INNER: &str = "proxies::with_proxy_variables_set";

#[tokio::test]
async fn proxy_variables_are_ignored() {
    let proxy = Receiver::answering("HTTP/1.1 502 Proxy\r\ncontent-length: 0\r\n\r\n").await;
    let url = format!("http://{}", proxy.address);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([INNER, "--exact", "--ignored"]);
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        command.env(name, &url).env(name.to_uppercase(), &url);
    }
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    assert_eq!(proxy.accepted(), 0);
}

#[tokio::test]
#[ignore = "run by proxy_variables_are_ignored"]
async fn with_proxy_variables_set() {
    let receiver = Receiver::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let limits = EgressLimits::default();
    let egress = Egress::new(loopback(), std::sync::Arc::new(SystemResolver), limits);
    let url = format!("http://localhost:{}/", receiver.address.port());
    let target = Target::parse(&url, egress.policy()).unwrap();
    let mut channel = egress.connect(&target).await.unwrap();
    assert_eq!(channel.send(post("{}"), ample()).await.unwrap().status, 200);
    assert_eq!(receiver.accepted(), 1);
}
