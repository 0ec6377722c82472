//! TLS: who is believed, and what is offered.

use std::sync::Arc;

use fanfare_egress::{Channel, Egress, EgressError, EgressLimits, ErrorClass, Target};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::support::{Names, Receiver, ample, loopback, post};

const AUTHORITY: &[u8] = include_bytes!("../data/ca.der");
const SIGNED: &[u8] = include_bytes!("../data/leaf.der");
const SELF_SIGNED: &[u8] = include_bytes!("../data/self.der");
const KEY: &[u8] = include_bytes!("../data/leaf-key.der");

/// A receiver with this certificate that offers these protocols and answers with the one agreed
/// on.
async fn receiver(certificate: &'static [u8], protocols: &[&str]) -> Receiver {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = PrivateKeyDer::try_from(KEY).unwrap();
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate)], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().into()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Receiver::start(move |peer, _| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(peer.stream).await else { return };
            let protocol = stream.get_ref().1.alpn_protocol().unwrap_or(b"none").to_vec();
            let protocol = String::from_utf8(protocol).unwrap();
            let length = protocol.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{protocol}");
            let mut request = [0; 4096];
            while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
            }
        }
    })
    .await
}

/// Connects to it under this name; `trusting` our own authority or the public ones.
async fn connect(to: &Receiver, name: &str, trusting: bool) -> Result<Channel, EgressError> {
    let names = Arc::new(Names::default().with(name, &["127.0.0.1"]));
    let egress = if trusting {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(AUTHORITY)).unwrap();
        Egress::with_roots(loopback(), names, EgressLimits::default(), roots)
    } else {
        Egress::new(loopback(), names, EgressLimits::default())
    };
    let url = format!("https://{name}:{}/", to.address.port());
    egress.connect(&Target::parse(&url, egress.policy()).unwrap()).await
}

#[tokio::test]
async fn a_trusted_certificate_for_the_hosts_name_is_believed() {
    let receiver = receiver(SIGNED, &["h2", "http/1.1"]).await;
    let mut channel = connect(&receiver, "receiver.example.com", true).await.unwrap();
    for _ in 0..3 {
        let response = channel.send(post("{}"), ample()).await.unwrap();
        assert_eq!(response.body, "http/1.1");
        assert!(channel.is_reusable());
    }
}

#[tokio::test]
async fn other_certificates_are_refused() {
    let cases = [
        (SELF_SIGNED, "receiver.example.com", true),
        (SELF_SIGNED, "receiver.example.com", false),
        (SIGNED, "receiver.example.com", false),
        (SIGNED, "other.example.com", true),
    ];
    for (certificate, name, trusting) in cases {
        let receiver = receiver(certificate, &[]).await;
        let error = connect(&receiver, name, trusting).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Tls, "{}", error.detail());
        assert!(!error.sent());
    }
}

#[tokio::test]
async fn a_receiver_without_tls_or_with_another_protocol_is_a_tls_error() {
    let plain = Receiver::answering("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let hasty = Receiver::start(|mut peer, _| async move {
        peer.say(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    drop(plain);
    let other = receiver(SIGNED, &["h2"]).await;
    for receiver in [hasty, other] {
        let error = connect(&receiver, "receiver.example.com", true).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Tls, "{}", error.detail());
    }
}
