//! Who is signed in.

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fanfare_app::{AppError, Caller, ErrorCode};
use fanfare_model::{OrganizationId, Scope};

use crate::state::Dashboard;

/// Somebody who is signed in and looks at one organization. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Viewer(Arc<Seen>);

/// What is known of a viewer.
#[derive(Debug)]
pub(crate) struct Seen {
    /// In whose name, with which rights.
    pub(crate) caller: Caller,
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
    /// Whether the viewer has the right.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.caller.may(scope)
    }
}

impl std::ops::Deref for Viewer {
    type Target = Seen;

    fn deref(&self) -> &Seen {
        &self.0
    }
}

/// The viewer whose session has this token; `None` when there is none.
pub(crate) async fn find(dashboard: &Dashboard, token: &str) -> Result<Option<Viewer>, AppError> {
    let caller = match dashboard.app().authenticate(token).await {
        Ok(caller) => caller,
        Err(error) if error.code() == ErrorCode::Unauthorized => return Ok(None),
        Err(error) => return Err(error),
    };
    let me = dashboard.app().me(&caller).await?;
    let organization = Place { id: me.organization.id, name: me.organization.name };
    let key = hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes());
    Ok(Some(Viewer(Arc::new(Seen {
        caller,
        name: "API key".to_owned(),
        email: String::new(),
        role: "Owner",
        organizations: vec![organization.clone()],
        organization,
        csrf: URL_SAFE_NO_PAD.encode(hmac::sign(&key, b"csrf")),
    }))))
}
