//! How connections with the database are made.
//!
//! Promises: what leaves this machine is encrypted, and only the server that the certificate names
//! gets to read it, unless the URL says otherwise. `sslmode` in the URL: `disable`; or `require`,
//! `verify-ca`, `verify-full`, which all mean that the certificate and its name are verified, against
//! the authorities in the file that `sslrootcert` names, else against the public ones. Without it,
//! loopback and sockets of this machine are plain, everything else is as with `verify-full`.

use std::net::IpAddr;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::PostgresOptions;
use crate::fault::{Fault, describe};
use crate::session::GRACE;

/// The other half of a connection, which must be polled.
pub(crate) type Connection =
    tokio_postgres::Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// Makes connections.
#[derive(Clone)]
pub(crate) struct Connector {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Connector {
    /// Connects to nothing yet; complains about the URL.
    pub(crate) fn new(options: &PostgresOptions) -> Result<Self, Fault> {
        let url = Url::split(&options.url);
        let mut config: Config = url
            .rest
            .parse()
            .map_err(|error| Fault::failed(format!("the database's URL: {}", describe(&error))))?;
        config.application_name("fanfare");
        config.connect_timeout(options.connect_timeout);
        config.keepalives_idle(std::time::Duration::from_secs(20));
        config.tcp_user_timeout(options.statement_timeout + GRACE);
        config.ssl_mode(match url.mode.as_deref() {
            Some("disable") => SslMode::Disable,
            Some("require" | "verify-ca" | "verify-full") => SslMode::Require,
            None if config.get_hosts().iter().all(is_here) => SslMode::Disable,
            None => SslMode::Require,
            Some(_) => {
                return Err(Fault::failed(
                    "the database's URL: sslmode must be disable or verify-full",
                ));
            }
        });
        let tls = MakeRustlsConnect::new(client_config(url.roots.as_deref())?);
        Ok(Self { config, tls })
    }

    /// A new connection.
    pub(crate) async fn connect(&self) -> Result<(Client, Connection), tokio_postgres::Error> {
        self.config.connect(self.tls.clone()).await
    }
}

/// A URL with what the client library does not know taken out.
struct Url {
    rest: String,
    mode: Option<String>,
    roots: Option<String>,
}

impl Url {
    fn split(text: &str) -> Self {
        let Some((before, parameters)) = text.split_once('?') else {
            return Self { rest: text.to_owned(), mode: None, roots: None };
        };
        let (mut mode, mut roots, mut kept) = (None, None, Vec::new());
        for parameter in parameters.split('&') {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value.to_owned()),
                Some(("sslrootcert", value)) => roots = Some(value.to_owned()),
                _ => kept.push(parameter),
            }
        }
        let rest = match kept.join("&") {
            none if none.is_empty() => before.to_owned(),
            kept => format!("{before}?{kept}"),
        };
        Self { rest, mode, roots }
    }
}

/// Whether a host is this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        Host::Unix(_) => true,
    }
}

fn client_config(roots: Option<&str>) -> Result<ClientConfig, Fault> {
    let mut store = RootCertStore::empty();
    match roots {
        None => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(file) => {
            let wrong = |why: &dyn std::fmt::Display| {
                Fault::failed(format!("sslrootcert {file} cannot be used: {why}"))
            };
            let certificates = CertificateDer::pem_file_iter(file).map_err(|why| wrong(&why))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|why| wrong(&why))?;
                store.add(certificate).map_err(|why| wrong(&why))?;
            }
            if store.is_empty() {
                return Err(wrong(&"it holds no certificate"));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::failed(error.to_string()))?;
    Ok(config.with_root_certificates(store).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> Result<SslMode, String> {
        let made = Connector::new(&PostgresOptions::new(url));
        made.map(|connector| connector.config.get_ssl_mode()).map_err(|fault| fault.to_string())
    }

    #[test]
    fn what_leaves_the_machine_is_encrypted_unless_the_url_says_otherwise() {
        for here in ["localhost", "127.0.0.1:5433", "[::1]", "%2Frun%2Fpostgresql"] {
            assert_eq!(mode(&format!("postgres://u@{here}/d")), Ok(SslMode::Disable), "{here}");
        }
        for there in ["db.internal", "10.0.0.7", "localhost.example"] {
            let url = format!("postgres://u@{there}/d");
            assert_eq!(mode(&url), Ok(SslMode::Require), "{there}");
            assert_eq!(mode(&format!("{url}?sslmode=disable")), Ok(SslMode::Disable));
            for verified in ["require", "verify-ca", "verify-full"] {
                let url = format!("{url}?connect_timeout=3&sslmode={verified}");
                assert_eq!(mode(&url), Ok(SslMode::Require));
            }
        }
        let complaint = mode("postgres://u@db/d?sslmode=prefer").unwrap_err();
        assert!(complaint.contains("disable or verify-full"), "{complaint}");
        let complaint = mode("postgres://u@db/d?sslrootcert=/no/such.pem").unwrap_err();
        assert!(complaint.contains("/no/such.pem"), "{complaint}");
    }
}
