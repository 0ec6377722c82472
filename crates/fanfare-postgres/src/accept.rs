//! Accepting events: the hottest path, together with [`crate::record`].
//!
//! One statement writes events, the keys of their requests, and a delivery for every webhook that
//! matches; it says whom it found. Matching happens in the database, so that a change committed on
//! any node holds for everything accepted after it. Deliveries are written leased to this node; for
//! those for which the engine has no room the lease is given back before the answer.

mod batcher;
mod fan_out;
mod keyed;

use std::collections::HashSet;

use fanfare_model::OrganizationId;
use fanfare_store::{Accept, AcceptResult, StoreError};

use crate::PostgresStore;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::organization_ops::unknown;
use crate::session::{Scope, Session};
use crate::shares::Purpose;

pub(crate) use batcher::{Batcher, run};
pub(crate) use fan_out::{Made, NewRows, write};

impl PostgresStore {
    /// Many calls in one statement; an answer for each. An error is for all of them.
    async fn accept_all(
        &self,
        calls: &[&Accept],
    ) -> Result<Vec<Result<AcceptResult, StoreError>>, Fault> {
        let session = self.session(Purpose::Accept.of(Scope::Product)).await?;
        let unknown_ones = self.unknown_organizations(&session, calls).await?;
        let known: Vec<&Accept> = calls
            .iter()
            .copied()
            .filter(|call| !unknown_ones.contains(&call.organization_id))
            .collect();
        let mut rows = NewRows::default();
        for (number, call) in known.iter().enumerate() {
            rows.push_call(number, call);
        }
        let made = write(self, &session, &rows).await?;
        let mut done = keyed::answers(&session, &known, &made).await?.into_iter();
        // It is written: what goes wrong from here on is only late, because leases end.
        if let Err(fault) = self.hand_over(&session, &rows, made).await {
            tracing::warn!(%fault, "deliveries were not handed over; their leases will end");
        }
        let answers = calls.iter().map(|call| {
            if unknown_ones.contains(&call.organization_id) {
                return Ok(Err(unknown().into()));
            }
            done.next().ok_or_else(|| Fault::failed("an answer is missing"))
        });
        answers.collect()
    }

    /// Organizations are never deleted, so that one lookup for each is enough.
    async fn unknown_organizations(
        &self,
        session: &Session,
        calls: &[&Accept],
    ) -> Result<HashSet<OrganizationId>, Fault> {
        let mut asked: HashSet<_> = {
            let known = self.organizations_seen.lock();
            let all = calls.iter().map(|call| call.organization_id);
            all.filter(|id| !known.contains(id)).collect()
        };
        if asked.is_empty() {
            return Ok(asked);
        }
        let ids: Vec<_> = asked.iter().map(|id| uuid(*id)).collect();
        let sql = "SELECT id FROM organizations WHERE id = ANY($1)";
        for row in session.query(sql, &[&ids]).await? {
            let found = crate::ids::id(row.get(0));
            asked.remove(&found);
            self.organizations_seen.lock().insert(found);
        }
        Ok(asked)
    }
}
