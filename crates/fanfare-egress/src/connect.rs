//! Resolve, vet, dial, check again: the guard itself.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use crate::address::verdict;
use crate::error::Chain;
use crate::stream::{Bytes, Seen, Stream};
use crate::url_rules::TargetHost;
use crate::{Channel, EgressError, EgressPolicy, ErrorClass, Resolve, Target};

/// Answers of a resolver that are considered for dialling. All are vetted.
const MAX_ANSWERS: usize = 16;

/// Addresses that are dialled for one connection, one after the other, sharing its budget.
const MAX_DIALS: usize = 3;

/// What a connection and a response may cost.
#[derive(Debug, Clone, Copy)]
pub struct EgressLimits {
    /// Time to resolve, connect and agree on TLS, in total.
    pub connect: Duration,
    /// Bytes of a response head, and of the connection's read buffer.
    pub head: usize,
    /// Bytes of a body that are kept.
    pub body_kept: usize,
    /// Bytes of a body after which reading stops and the connection is closed.
    pub body_read: usize,
    /// Responses with 1xx before the final one.
    pub interim: u32,
}

impl Default for EgressLimits {
    /// 5 s, 64 KiB of head, 16 KiB of body kept, 64 KiB read, 16 interim responses.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            head: 64 * 1024,
            body_kept: 16 * 1024,
            body_read: 64 * 1024,
            interim: 16,
        }
    }
}

/// The way out. Cheap to clone.
#[derive(Clone)]
pub struct Egress(Arc<Shared>);

struct Shared {
    policy: EgressPolicy,
    resolver: Arc<dyn Resolve>,
    limits: EgressLimits,
    tls: TlsConnector,
}

impl Egress {
    /// With the public certificate authorities of Mozilla's list.
    pub fn new(policy: EgressPolicy, resolver: Arc<dyn Resolve>, limits: EgressLimits) -> Self {
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        Self::with_roots(policy, resolver, limits, roots)
    }

    /// With these certificate authorities, for networks that have their own.
    pub fn with_roots(
        policy: EgressPolicy,
        resolver: Arc<dyn Resolve>,
        limits: EgressLimits,
        roots: RootCertStore,
    ) -> Self {
        let tls = TlsConnector::from(Arc::new(tls_config(roots)));
        Self(Arc::new(Shared { policy, resolver, limits, tls }))
    }

    /// The policy, for [`Target::parse`].
    pub fn policy(&self) -> &EgressPolicy {
        &self.0.policy
    }

    /// Resolves and vets without connecting: the addresses that could be dialled, at most 16.
    /// Asked when a webhook is created, changed or tested.
    pub async fn vet(&self, target: &Target) -> Result<Vec<SocketAddr>, EgressError> {
        self.vet_until(target, Instant::now() + self.0.limits.connect).await
    }

    /// Opens one guarded connection: resolves once, refuses if *any* answer is forbidden, dials a
    /// vetted address, checks the peer, and agrees on TLS when the URL says `https`, all within
    /// the connect budget.
    pub async fn connect(&self, target: &Target) -> Result<Channel, EgressError> {
        let deadline = Instant::now() + self.0.limits.connect;
        let addresses = self.vet_until(target, deadline).await?;
        let (stream, peer) = self.dial(target, &addresses, deadline).await?;
        let bytes = if target.is_tls() {
            self.agree_on_tls(target, stream, deadline).await?
        } else {
            Bytes::Plain(stream)
        };
        let seen = Arc::new(Seen::new(self.0.limits.interim));
        let stream = Stream { bytes, seen };
        Channel::open(stream, peer, target, self.0.limits, deadline).await
    }

    async fn vet_until(
        &self,
        target: &Target,
        deadline: Instant,
    ) -> Result<Vec<SocketAddr>, EgressError> {
        if !target.is_tls() && !self.0.policy.allow_http {
            return Err(refused(format_args!("{target}: plain http is not allowed")));
        }
        let mut addresses = match target.target_host() {
            TargetHost::Address(address) => vec![*address],
            TargetHost::Name(name) => {
                let resolving = timeout_at(deadline, self.0.resolver.resolve(name));
                let dns = |detail| EgressError::new(ErrorClass::Dns, detail);
                match resolving.await {
                    Err(_elapsed) => return Err(dns(format!("{name}: no answer in time"))),
                    Ok(Err(error)) => return Err(dns(format!("{name}: {error}"))),
                    Ok(Ok(answers)) if answers.is_empty() => {
                        return Err(dns(format!("{name}: no address")));
                    }
                    Ok(Ok(answers)) => answers,
                }
            }
        };
        // All of them, also those that would not be dialled: a name that answers with a
        // forbidden address at all is not a receiver.
        for address in &addresses {
            self.check(target, *address)?;
        }
        addresses.truncate(MAX_ANSWERS);
        Ok(addresses.into_iter().map(|ip| SocketAddr::new(ip, target.port())).collect())
    }

    fn check(&self, target: &Target, address: std::net::IpAddr) -> Result<(), EgressError> {
        if verdict(address, &self.0.policy).permits(target.private_only()) {
            Ok(())
        } else {
            Err(refused(format_args!("{target}: {address} is not allowed")))
        }
    }

    async fn dial(
        &self,
        target: &Target,
        addresses: &[SocketAddr],
        deadline: Instant,
    ) -> Result<(TcpStream, SocketAddr), EgressError> {
        let addresses = &addresses[..addresses.len().min(MAX_DIALS)];
        let mut failure = None;
        for (address, left) in addresses.iter().zip((1..=addresses.len() as u32).rev()) {
            let now = Instant::now();
            let until = now + deadline.saturating_duration_since(now) / left;
            match timeout_at(until, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    let peer = stream.peer_addr().map_err(|error| connect(address, &error))?;
                    if peer != *address {
                        return Err(refused(format_args!("{target}: {peer} is not {address}")));
                    }
                    self.check(target, peer.ip())?;
                    stream.set_nodelay(true).map_err(|error| connect(address, &error))?;
                    return Ok((stream, peer));
                }
                Ok(Err(error)) => failure = Some(connect(address, &error)),
                Err(_elapsed) => {
                    let detail = format!("{address}: no connection in time");
                    failure = Some(EgressError::new(ErrorClass::Timeout, detail));
                }
            }
        }
        Err(failure.unwrap_or_else(|| refused(format_args!("{target}: nothing to dial"))))
    }

    async fn agree_on_tls(
        &self,
        target: &Target,
        stream: TcpStream,
        deadline: Instant,
    ) -> Result<Bytes, EgressError> {
        let tls = |detail| EgressError::new(ErrorClass::Tls, detail);
        let name = match target.target_host() {
            TargetHost::Address(address) => ServerName::from(*address),
            TargetHost::Name(name) => ServerName::try_from(name.clone())
                .map_err(|error| tls(format!("{target}: {error}")))?,
        };
        match timeout_at(deadline, self.0.tls.connect(name, stream)).await {
            Ok(Ok(stream)) => Ok(Bytes::Tls(Box::new(stream))),
            Ok(Err(error)) => Err(tls(format!("{target}: {}", Chain(&error)))),
            Err(_elapsed) => {
                let detail = format!("{target}: no TLS handshake in time");
                Err(EgressError::new(ErrorClass::Timeout, detail))
            }
        }
    }
}

impl std::fmt::Debug for Egress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Egress")
            .field("policy", &self.0.policy)
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}

/// TLS 1.2 or 1.3, the host's own name on the certificate, HTTP/1.1 only. Nothing switches
/// verification off.
fn tls_config(roots: RootCertStore) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .expect("the provider has cipher suites for both versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

fn refused(detail: std::fmt::Arguments<'_>) -> EgressError {
    EgressError::new(ErrorClass::Refused, detail)
}

fn connect(address: &SocketAddr, error: &io::Error) -> EgressError {
    EgressError::new(ErrorClass::Connect, format_args!("{address}: {error}"))
}
