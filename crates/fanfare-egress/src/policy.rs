//! What an operator allows beyond the default deny, and denies beyond it.

use ipnet::{IpNet, Ipv6Net};

/// Ports that receivers may use with `https`.
const PORTS: [u16; 3] = [443, 8080, 8443];

/// What an operator allows beyond the default deny. Built once from configuration; the default
/// is the strictest policy there is.
#[derive(Debug, Clone, Default)]
pub struct EgressPolicy {
    /// Networks that are allowed although the default refuses them. For addresses inside these
    /// networks the refusal of IP literals, of ports other than the usual and of names without a
    /// dot is lifted too.
    pub allow_private: Vec<IpNet>,
    /// Whether `http://` is allowed, and with it port 80.
    pub allow_http: bool,
    /// Hosts (`host` or `host:port`) of this service itself: a webhook to us would be a loop.
    pub own_hosts: Vec<String>,
    /// Networks refused in addition, our own public addresses for one. Stronger than
    /// `allow_private`.
    pub extra_denied: Vec<IpNet>,
    /// Ports allowed in addition to 443, 8080 and 8443.
    pub extra_ports: Vec<u16>,
    /// NAT64 prefixes (RFC 6052: 32, 40, 48, 56, 64 or 96 bits) in use on this network: an address
    /// in one of them gets the verdict of the IPv4 address that it embeds. Others are refused.
    pub nat64: Vec<Ipv6Net>,
}

impl EgressPolicy {
    /// Whether this port is open to every public address.
    pub(crate) fn allows_port(&self, port: u16) -> bool {
        self.ports().any(|allowed| allowed == port)
    }

    /// The ports open to every public address, ascending only within their groups.
    pub(crate) fn ports(&self) -> impl Iterator<Item = u16> {
        let http = self.allow_http.then_some(80);
        PORTS.into_iter().chain(http).chain(self.extra_ports.iter().copied())
    }

    /// Whether any network is allowed that the default refuses.
    pub(crate) fn allows_any_private(&self) -> bool {
        !self.allow_private.is_empty()
    }

    /// Whether this is one of our own hosts. `host` is lower case, without a trailing dot.
    pub(crate) fn is_own(&self, host: &str, port: u16) -> bool {
        self.own_hosts.iter().any(|own| {
            let (name, at) = match own.rsplit_once(':') {
                Some((name, at)) if !at.ends_with(']') => (name, Some(at)),
                _ => (own.as_str(), None),
            };
            let name = name.strip_suffix('.').unwrap_or(name);
            name.eq_ignore_ascii_case(host) && at.is_none_or(|at| at.parse() == Ok(port))
        })
    }
}
