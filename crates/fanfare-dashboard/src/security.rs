//! What every answer of the dashboard carries, and where a change may come from.
//!
//! **The policy.** Nothing runs, loads or frames that is not ours: no inline script or style, no
//! `eval`, no string that becomes markup except through the policy named `fanfare` in
//! `assets/htmx-policy.js`, which htmx alone can reach. Images stay closed to other hosts, because
//! a receiver's answer could otherwise leak by one.
//!
//! **Where a change comes from.** A request that is not GET or HEAD must say that it comes from a
//! page of this origin. Browsers do so in `Sec-Fetch-Site` for TLS and loopback addresses. For a
//! plain `http://` address elsewhere they do not, so there the `Origin` decides; with the policy
//! `no-referrer` they would send `Origin: null`, so that policy is `same-origin` there. A request
//! that says neither is refused.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::state::Origin;

/// Of every page.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'";

/// Of a raw body of somebody else, which is only ever a download.
pub(crate) const SANDBOX: &str = "default-src 'none'; sandbox";

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Where a POST may come from anywhere: mailboxes unsubscribe with one (RFC 8058), which says nothing
/// of where it comes from. The token in it is all that counts; a session is not looked at.
pub(crate) const BY_TOKEN: &str = "/unsubscribe";

/// Puts on what is not there yet.
pub(crate) fn stamp(headers: &mut HeaderMap, origin: &Origin) {
    let mut put = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    put(CONTENT_SECURITY_POLICY, POLICY);
    put(X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(OPENER, "same-origin");
    put(RESOURCE, "same-origin");
    put(CACHE_CONTROL, "no-store");
    put(REFERRER_POLICY, if origin.is_trustworthy() { "no-referrer" } else { "same-origin" });
    if origin.is_secure() {
        put(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

/// Whether a request may change something, as far as where it comes from decides.
pub(crate) fn is_from_here(method: &Method, headers: &HeaderMap, origin: &Origin) -> bool {
    if matches!(*method, Method::GET | Method::HEAD) {
        return true;
    }
    if let Some(site) = headers.get(FETCH_SITE) {
        return site == "same-origin";
    }
    headers.get(ORIGIN).is_some_and(|from| from.as_bytes() == origin.as_str().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let origin = Origin::of(&"https://hooks.example.com".parse().unwrap()).unwrap();
        is_from_here(&Method::POST, &headers.collect(), &origin)
    }

    #[test]
    fn a_change_must_come_from_this_origin() {
        assert!(asked(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(asked(&[("origin", "https://hooks.example.com")]));
        for refused in [
            &[][..],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://hooks.example.com")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "null")],
            &[("origin", "http://hooks.example.com")],
            &[("origin", "https://hooks.example.com.evil.example")],
        ] {
            assert!(!asked(refused), "{refused:?}");
        }
    }
}
