//! `/api/audit`: who did what.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use fanfare_app::Caller;
use fanfare_model::{Actor, Timestamp};
use fanfare_store::AuditFilter;
use http::StatusCode;

use super::json;
use crate::cursor::List;
use crate::error::ApiError;
use crate::list::{Listing, list_query};
use crate::query::{Complaints, Query};
use crate::state::ApiState;
use crate::wire::AuditEntryJson;

list_query! {
    /// Which entries.
    AuditList {
        /// Done by this actor: an API key's or a user's id, `console` or `system`.
        #[param(example = "key_01h455vb4pex5vsknk084sn02q")]
        actor,
        /// With this action.
        #[param(example = "webhook.updated")]
        action,
        /// Done to what has this id.
        #[param(example = "whk_01h455vb4pex5vsknk084sn02q")]
        resource_id,
        /// At or after this time (RFC 3339).
        created_after,
        /// Before this time (RFC 3339).
        created_before,
    }
}

/// List audit log entries
///
/// Who did what to which resource, from where, before and after. Entries are never changed; each
/// holds the hash of the one before it.
#[utoipa::path(get, path = "/audit", tag = "Account", params(AuditList),
    security(("bearer" = ["audit:read"])),
    responses((status = 200, description = "A page of entries", body = Listing<AuditEntryJson>)))]
pub(super) async fn audit_log(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<AuditList>,
) -> Result<Response, ApiError> {
    let page = query.page(List::Audit)?;
    let mut complaints = Complaints::default();
    let filter = AuditFilter {
        actor: complaints.parse::<Actor>("actor", query.actor.as_deref()),
        since: complaints.parse::<Timestamp>("createdAfter", query.created_after.as_deref()),
        until: complaints.parse::<Timestamp>("createdBefore", query.created_before.as_deref()),
        action: query.action,
        resource_id: query.resource_id,
    };
    complaints.end()?;
    let page = state.shared.app.audit_entries(&caller, filter, page).await?;
    let listing: Listing<AuditEntryJson> =
        Listing::new(List::Audit, page, |entry| entry.number.into());
    Ok(json(StatusCode::OK, &listing))
}
