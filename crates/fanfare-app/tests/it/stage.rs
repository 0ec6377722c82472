//! A launch to test in: an experience, consumers, distributions, and the clock that drives them.

use std::time::Duration;

use fanfare_app::{
    Change, DistributionFields, DistributionView, NewConsumer, NewDistribution, NewExperience,
    RuleFields,
};
use fanfare_model::launch::{DistributionKind, DistributionStatus, Participant, ParticipantStatus};
use fanfare_model::{
    Clock as _, ConsumerId, DistributionId, EventType, EventTypes, ExperienceId, Timestamp, limits,
};
use fanfare_store::{
    EventFilter, LaunchStore as _, Order, PageRequest, ParticipantFilter, SortKey,
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::world::World;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A world with an experience that is live.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) experience: ExperienceId,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let stage = Self::draft().await;
        stage.world.app.activate_experience(&stage.world.caller, stage.experience).await.unwrap();
        stage
    }

    /// The experience is not live yet.
    pub(crate) async fn draft() -> Self {
        let world = World::new().await;
        let new = NewExperience { name: "Drop".into(), ..NewExperience::default() };
        let experience = world.app.create_experience(&world.caller, new).await.unwrap().id;
        Self { world, experience }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    pub(crate) async fn create(
        &self,
        kind: DistributionKind,
        fields: DistributionFields,
    ) -> DistributionId {
        let new = NewDistribution { experience_id: self.experience, kind, fields };
        let created = self.world.app.create_distribution(&self.world.caller, new).await;
        created.unwrap().distribution.id
    }

    pub(crate) async fn with_rules(
        &self,
        kind: DistributionKind,
        rules: RuleFields,
    ) -> DistributionId {
        self.create(kind, DistributionFields { rules, ..DistributionFields::default() }).await
    }

    /// A queue with this rate per minute, whose admissions hold for so many seconds.
    pub(crate) async fn queue(&self, rate: Option<i64>, expires: Option<i64>) -> DistributionId {
        let rules = RuleFields {
            admission_rate: rate.into(),
            admission_expires_after: expires.into(),
            ..RuleFields::default()
        };
        self.with_rules(DistributionKind::Queue, rules).await
    }

    /// A draw with so many winners, whose selections hold for so many seconds and are replaced
    /// when that is said.
    pub(crate) async fn draw(&self, winners: i64, expires: Option<i64>) -> DistributionId {
        let rules = RuleFields {
            winner_count: Change::Set(winners),
            selection_expires_after: expires.into(),
            replace_expired: Change::Set(expires.is_some()),
            ..RuleFields::default()
        };
        self.with_rules(DistributionKind::Draw, rules).await
    }

    /// So many new consumers.
    pub(crate) async fn consumers(&self, count: usize) -> Vec<ConsumerId> {
        let mut ids = Vec::with_capacity(count);
        while ids.len() < count {
            let new = vec![NewConsumer::default(); limits::BATCH_ITEMS.min(count - ids.len())];
            let made = self.world.app.create_consumers(&self.world.caller, new).await.unwrap();
            ids.extend(made.into_iter().map(|consumer| consumer.unwrap().id));
        }
        ids
    }

    /// So many new consumers who have joined.
    pub(crate) async fn joined(&self, id: DistributionId, count: usize) -> Vec<ConsumerId> {
        let consumers = self.consumers(count).await;
        for some in consumers.chunks(limits::BATCH_ITEMS) {
            let joined = self.world.app.join_batch(&self.world.caller, id, some.to_vec()).await;
            assert!(joined.unwrap().iter().all(Result::is_ok));
        }
        consumers
    }

    pub(crate) async fn view(&self, id: DistributionId) -> DistributionView {
        self.world.app.distribution(&self.world.caller, id).await.unwrap()
    }

    pub(crate) async fn status(&self, id: DistributionId) -> DistributionStatus {
        self.view(id).await.distribution.status
    }

    /// How many participants have a status, as kept.
    pub(crate) async fn count(&self, id: DistributionId, status: ParticipantStatus) -> u32 {
        let counts = self.view(id).await.counts;
        counts.iter().find(|(one, _)| *one == status).map_or(0, |(_, count)| *count)
    }

    pub(crate) async fn participant(&self, id: DistributionId, who: ConsumerId) -> Participant {
        self.world.app.participant(&self.world.caller, id, who).await.unwrap()
    }

    /// All participants with a status, by number.
    pub(crate) async fn all(
        &self,
        id: DistributionId,
        status: Option<ParticipantStatus>,
    ) -> Vec<Participant> {
        let (app, caller) = (&self.world.app, &self.world.caller);
        let filter = ParticipantFilter {
            status: status.into_iter().collect(),
            ..ParticipantFilter::default()
        };
        let mut all = Vec::new();
        loop {
            let page = PageRequest {
                limit: limits::PAGE,
                order: Order::Ascending,
                after: all.last().map(|one: &Participant| one.number.into()),
                before: None,
            };
            let found = app.participants(caller, id, filter.clone(), SortKey::Created, page).await;
            let found = found.unwrap();
            all.extend(found.items.into_iter().map(|listed| listed.item));
            if !found.has_more {
                return all;
            }
        }
    }

    /// Counts that are kept are those of the rows, and everybody is there once.
    pub(crate) async fn hold_counts(&self, id: DistributionId) {
        let mut counted = std::collections::BTreeMap::new();
        let all = self.all(id, None).await;
        for participant in &all {
            *counted.entry(participant.status).or_insert(0_u32) += 1;
        }
        let view = self.view(id).await;
        assert!(view.counts.into_iter().eq(counted), "counts are those of the rows");
        assert!(all.iter().map(|one| one.number).eq(1..=view.distribution.joined));
    }

    /// The data of every event of a type, oldest first.
    pub(crate) async fn told(&self, event_type: EventType) -> Vec<Value> {
        let filter = EventFilter { types: EventTypes::only(event_type), since: None, until: None };
        let mut after = None;
        let mut told = Vec::new();
        loop {
            let page =
                PageRequest { limit: limits::PAGE, order: Order::Ascending, after, before: None };
            let found = self.world.app.events(&self.world.caller, filter, page).await.unwrap();
            for event in &found.items {
                let envelope: Value = serde_json::from_slice(&event.body).unwrap();
                told.push(envelope["data"].clone());
            }
            after = found.items.last().map(|event| event.summary.id.as_u128());
            if !found.has_more {
                return told;
            }
        }
    }

    /// Runs the clock's loop beside this.
    pub(crate) async fn while_driven(&self, what: impl Future<Output = ()>) {
        let shutdown = CancellationToken::new();
        let what = async {
            what.await;
            shutdown.cancel();
        };
        tokio::join!(self.world.app.run_launch(shutdown.clone()), what);
    }

    /// Waits until everything that is due by now is done.
    pub(crate) async fn done(&self) {
        let nothing =
            async || self.world.store.launch_due(self.now(), 1).await.unwrap().0.is_empty();
        self.world.until("what is due is done", nothing).await;
    }

    /// Moves the clock on, and waits until what has become due is done.
    pub(crate) async fn pass(&self, time: Duration) {
        self.world.advance(time);
        self.done().await;
    }
}
