//! Rows, and the outcome of one delivery, that arrive while a page is open.
//!
//! A stream looks at the first page of the list.

use std::time::Duration;

use axum::extract::State;
use fanfare_app::AppError;
use fanfare_model::kinds::Delivery;
use fanfare_model::{DeliveryId, DeliveryStatus};
use fanfare_store::{DeliveryFilter, PageRequest};

use super::filter;
use super::one::outcome_part;
use super::rows::{Names, Rows};
use crate::ask::{Answer, Ask, PathId};
use crate::list::PAGE;
use crate::live::{Watch, stream};
use crate::state::Dashboard;

/// What decides whether something changed.
type Key = Vec<(DeliveryId, DeliveryStatus, u8)>;

struct List {
    filter: DeliveryFilter,
    of_one: bool,
}

struct One(DeliveryId);

/// `GET /deliveries/live`
pub(crate) async fn live(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let filter = filter::read(&ask.query, ask.now)?;
    let of_one = ask.query.has("one");
    stream(dashboard, ask, List { filter, of_one })
}

/// `GET /deliveries/{id}/live`
pub(crate) async fn live_one(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Delivery>,
    ask: Ask,
) -> Answer {
    dashboard.app().delivery(ask.caller(), id).await?;
    stream(dashboard, ask, One(id))
}

impl Watch for List {
    const EVERY: Duration = Duration::from_secs(1);
    type Key = Key;

    async fn look(
        &self,
        dashboard: &Dashboard,
        ask: &Ask,
        sent: Option<&Key>,
    ) -> Result<Option<(Key, String)>, AppError> {
        let first = PageRequest { limit: PAGE, ..PageRequest::default() };
        let found = dashboard.app().deliveries(ask.caller(), self.filter.clone(), first).await?;
        let key = found.items.iter().map(|it| (it.id, it.status, it.attempts)).collect();
        if sent == Some(&key) {
            return Ok(None);
        }
        let names = Names::find(dashboard, ask).await?;
        let rows = Rows::new(&found.items, &names, dashboard.now(), self.of_one);
        Ok(Some((key, rows.html().0)))
    }
}

impl Watch for One {
    const EVERY: Duration = Duration::from_secs(1);
    type Key = Key;

    async fn look(
        &self,
        dashboard: &Dashboard,
        ask: &Ask,
        sent: Option<&Key>,
    ) -> Result<Option<(Key, String)>, AppError> {
        let view = dashboard.app().delivery(ask.caller(), self.0).await?;
        let delivery = &view.detail.delivery;
        let key = vec![(delivery.id, delivery.status, delivery.attempts)];
        if sent == Some(&key) {
            return Ok(None);
        }
        let html = outcome_part(dashboard, ask, &view, dashboard.now()).await?;
        Ok(Some((key, html)))
    }
}
