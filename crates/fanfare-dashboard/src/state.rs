//! What every handler may use.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use fanfare_app::App;
use fanfare_model::{Clock, IdSource, RequestId, Timestamp};
use http::Extensions;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use url::Url;

/// A page that takes longer than this to make is refused.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// Pages that may be live at a time: each looks at the store once a second.
const LIVE: usize = 200;

/// Where people reach the dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// `https://hooks.example.com`, as browsers write it in `Origin`.
    text: String,
    secure: bool,
    /// Whether browsers treat it as safe although it is plain HTTP: a loopback address.
    loopback: bool,
}

impl Origin {
    /// The origin of a URL; `None` for one that is not `http` or `https`.
    pub fn of(url: &Url) -> Option<Self> {
        let host = url.host_str()?;
        let loopback = match url.host()? {
            url::Host::Ipv4(address) => address.is_loopback(),
            url::Host::Ipv6(address) => address.is_loopback(),
            url::Host::Domain(_) => host == "localhost" || host.ends_with(".localhost"),
        };
        matches!(url.scheme(), "http" | "https").then(|| Self {
            text: url.origin().ascii_serialization(),
            secure: url.scheme() == "https",
            loopback,
        })
    }

    /// As browsers write it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is reached by TLS.
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether browsers tell where a request comes from (`Sec-Fetch-Site`).
    pub const fn is_trustworthy(&self) -> bool {
        self.secure || self.loopback
    }
}

/// What a dashboard is made of.
pub struct DashboardParts {
    /// The use cases.
    pub app: App,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness: ids of requests.
    pub ids: Arc<IdSource>,
    /// Where people reach it: decides what cookies are called and whether they are `Secure`.
    pub origin: Origin,
    /// The other end of a request's connection, as the server noted it on the request.
    pub peer: fn(&Extensions) -> Option<IpAddr>,
    /// Ends what is live when the server stops.
    pub stop: CancellationToken,
}

/// The state of the dashboard. Cheap to clone; clones share everything.
#[derive(Clone)]
pub(crate) struct Dashboard {
    shared: Arc<Shared>,
}

struct Shared {
    app: App,
    clock: Arc<dyn Clock>,
    ids: Arc<IdSource>,
    origin: Origin,
    peer: fn(&Extensions) -> Option<IpAddr>,
    stop: CancellationToken,
    /// Places for what is live.
    live: Arc<Semaphore>,
}

impl Dashboard {
    pub(crate) fn new(parts: DashboardParts) -> Self {
        let DashboardParts { app, clock, ids, origin, peer, stop } = parts;
        let live = Arc::new(Semaphore::new(LIVE));
        Self { shared: Arc::new(Shared { app, clock, ids, origin, peer, stop, live }) }
    }

    /// The use cases.
    pub(crate) fn app(&self) -> &App {
        &self.shared.app
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// A name for a request.
    pub(crate) fn request_id(&self) -> RequestId {
        self.shared.ids.next()
    }

    /// Where people reach it.
    pub(crate) fn origin(&self) -> &Origin {
        &self.shared.origin
    }

    /// The other end of a request's connection.
    pub(crate) fn peer(&self, extensions: &Extensions) -> Option<IpAddr> {
        (self.shared.peer)(extensions)
    }

    /// Is cancelled when the server stops: what is live ends then.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.shared.stop.clone()
    }

    /// A place for something live; `None` when all are taken.
    pub(crate) fn live_seat(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.shared.live).try_acquire_owned().ok()
    }

    /// How long a page may take.
    pub(crate) const fn request_timeout(&self) -> Duration {
        REQUEST_TIMEOUT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::of(&text.parse().unwrap()).unwrap()
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (url, text, secure, trustworthy) in [
            ("https://Hooks.Example.com:443/a?b", "https://hooks.example.com", true, true),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", false, true),
            ("http://[::1]:8080", "http://[::1]:8080", false, true),
            ("http://localhost:80", "http://localhost", false, true),
            ("http://10.0.0.7:8080", "http://10.0.0.7:8080", false, false),
            ("http://localhost.example.com", "http://localhost.example.com", false, false),
        ] {
            let origin = origin(url);
            assert_eq!(origin.as_str(), text);
            assert_eq!((origin.is_secure(), origin.is_trustworthy()), (secure, trustworthy));
        }
        assert_eq!(Origin::of(&"ftp://example.com".parse().unwrap()), None);
    }
}
