//! Who is signed in.

use std::net::IpAddr;
use std::sync::Arc;

use fanfare_app::{AppError, Caller, ClientInfo, ErrorCode, SignedIn};
use fanfare_model::{OrganizationId, RequestId, Scope};
use http::header::USER_AGENT;
use http::request::Parts;
use http::{HeaderMap, HeaderName};

use crate::state::{Dashboard, Origin};

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Somebody who is signed in and looks at one organization. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Viewer(Arc<Seen>);

/// What is known of a viewer.
#[derive(Debug)]
pub(crate) struct Seen {
    /// In whose name, with which rights.
    pub(crate) caller: Caller,
    /// The session.
    pub(crate) signed_in: SignedIn,
    /// The name, for people.
    pub(crate) name: String,
    /// The e-mail address.
    pub(crate) email: String,
    /// The role in this organization, for people.
    pub(crate) role: &'static str,
    /// The organization that is looked at.
    pub(crate) organization: Place,
    /// Every organization that this person may look at.
    pub(crate) organizations: Vec<Place>,
    /// The token that forms carry.
    pub(crate) csrf: String,
}

/// An organization, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) id: OrganizationId,
    pub(crate) name: String,
}

impl Viewer {
    /// The viewer of a session; `None` when it looks at no organization.
    pub(crate) fn of(signed_in: SignedIn) -> Option<Self> {
        let caller = signed_in.caller?;
        let membership = signed_in.organization()?;
        let place = |organization: &fanfare_store::Organization| Place {
            id: organization.id,
            name: organization.name.clone(),
        };
        Some(Self(Arc::new(Seen {
            caller,
            name: signed_in.user.name.clone(),
            email: signed_in.user.email.clone(),
            role: membership.role.title(),
            organization: place(&membership.organization),
            organizations: places(&signed_in),
            csrf: signed_in.csrf.expose().to_owned(),
            signed_in,
        })))
    }

    /// Whether the viewer has the right.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.caller.may(scope)
    }
}

/// Every organization that this person may look at.
pub(crate) fn places(signed_in: &SignedIn) -> Vec<Place> {
    let open = signed_in.memberships.iter().filter(|membership| !membership.suspended);
    let place = open.map(|membership| &membership.organization);
    place.map(|it| Place { id: it.id, name: it.name.clone() }).collect()
}

impl std::ops::Deref for Viewer {
    type Target = Seen;

    fn deref(&self) -> &Seen {
        &self.0
    }
}

/// Who holds this token; `None` when nobody does.
pub(crate) async fn find(
    dashboard: &Dashboard,
    token: &str,
    client: &ClientInfo,
) -> Result<Option<SignedIn>, AppError> {
    match dashboard.app().session(token, client).await {
        Ok(signed_in) => Ok(Some(signed_in)),
        Err(error) if error.code() == ErrorCode::Unauthorized => Ok(None),
        Err(error) => Err(error),
    }
}

/// The browser that asks, from the head of its request.
pub(crate) fn client(dashboard: &Dashboard, parts: &Parts, request_id: RequestId) -> ClientInfo {
    let peer = dashboard.peer(&parts.extensions);
    let user_agent = parts.headers.get(USER_AGENT);
    ClientInfo {
        ip: address(peer, &parts.headers, dashboard.origin()),
        user_agent: user_agent.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
        request_id: Some(request_id),
    }
}

/// Whose public URL is `https` has a proxy in front that does TLS: then the address is the one
/// that this proxy saw, the last that it added. Otherwise nobody is believed but the connection.
fn address(peer: Option<IpAddr>, headers: &HeaderMap, origin: &Origin) -> Option<IpAddr> {
    let last = headers.get_all(FORWARDED).into_iter().next_back();
    let last = last.filter(|_| origin.is_secure()).and_then(|value| value.to_str().ok());
    let forwarded = last.and_then(|value| value.rsplit(',').next()?.trim().parse().ok());
    forwarded.or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_is_believed() {
        let (https, http) = ("https://a.example", "http://127.0.0.1:8080");
        let origin = |text: &str| Origin::of(&text.parse().unwrap()).unwrap();
        let peer: Option<IpAddr> = "10.0.0.1".parse().ok();
        let mut headers = HeaderMap::new();
        assert_eq!(address(peer, &headers, &origin(https)), peer);
        headers.insert(FORWARDED, "1.1.1.1, 198.51.100.7".parse().unwrap());
        assert_eq!(address(peer, &headers, &origin(https)), "198.51.100.7".parse().ok());
        assert_eq!(address(peer, &headers, &origin(http)), peer);
    }
}
