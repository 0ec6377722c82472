//! A small launch to test with: who buys, what is sold, a queue, and what was told.

use fanfare_app::{
    AdmitInput, DistributionFields, NewConsumer, NewDistribution, NewExperience, NewOrder,
};
use fanfare_model::launch::{
    Consumer, DistributionKind, Experience, Order, Participant, ParticipantStatus,
};
use fanfare_model::{ConsumerId, DistributionId, EventType, ProductId, Timestamp};
use fanfare_store::{EventFilter, Order as Sorted, PageRequest};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::world::World;

impl World {
    pub(crate) async fn consumer(&self) -> Consumer {
        self.app.create_consumer(&self.caller, NewConsumer::default()).await.unwrap()
    }

    pub(crate) async fn product(&self) -> ProductId {
        let new = fanfare_app::NewProduct { name: "Shoe".into(), ..Default::default() };
        self.app.create_product(&self.caller, new).await.unwrap().id
    }

    /// An experience with these times.
    pub(crate) async fn experience(
        &self,
        open_at: Option<Timestamp>,
        close_at: Option<Timestamp>,
    ) -> Experience {
        let new = NewExperience { name: "Drop".into(), open_at, close_at, ..Default::default() };
        self.app.create_experience(&self.caller, new).await.unwrap()
    }

    /// A queue that opens and closes with this experience.
    pub(crate) async fn queue(
        &self,
        experience: &Experience,
        fields: DistributionFields,
    ) -> DistributionId {
        let kind = DistributionKind::Queue;
        let new = NewDistribution { experience_id: experience.id, kind, fields };
        self.app.create_distribution(&self.caller, new).await.unwrap().distribution.id
    }

    /// A queue of a live experience.
    pub(crate) async fn open_queue(
        &self,
        fields: DistributionFields,
    ) -> (Experience, DistributionId) {
        let experience = self.experience(None, None).await;
        let queue = self.queue(&experience, fields).await;
        let live = self.app.activate_experience(&self.caller, experience.id).await.unwrap();
        (live, queue)
    }

    /// A consumer who has joined.
    pub(crate) async fn joined(&self, queue: DistributionId) -> ConsumerId {
        let consumer = self.consumer().await.id;
        self.app.join(&self.caller, queue, consumer).await.unwrap();
        consumer
    }

    /// A consumer who was let through.
    pub(crate) async fn admitted(&self, queue: DistributionId) -> ConsumerId {
        let consumer = self.joined(queue).await;
        let admit = AdmitInput::Consumers(vec![consumer]);
        let mut items = self.app.admit(&self.caller, queue, admit).await.unwrap();
        let participant: Participant = items.remove(0).unwrap();
        assert_eq!(participant.status, ParticipantStatus::Admitted);
        consumer
    }

    pub(crate) async fn order(&self, new: NewOrder) -> Order {
        self.app.create_order(&self.caller, new).await.unwrap()
    }

    /// Everything that was told, oldest first.
    pub(crate) async fn told(&self) -> Vec<(EventType, Value)> {
        let page = PageRequest { limit: 100, order: Sorted::Ascending, ..PageRequest::default() };
        let page = self.app.events(&self.caller, EventFilter::default(), page).await.unwrap();
        assert!(!page.has_more);
        let events = page.items.into_iter().map(|event| {
            let body: Value = serde_json::from_slice(&event.body).unwrap();
            (event.summary.event_type, body["data"].clone())
        });
        events.collect()
    }

    /// The types of what was told, oldest first.
    pub(crate) async fn told_types(&self) -> Vec<EventType> {
        self.told().await.into_iter().map(|(event_type, _)| event_type).collect()
    }

    /// Runs the launch's clock while something happens.
    pub(crate) async fn with_clock<T>(&self, then: impl Future<Output = T>) -> T {
        let shutdown = CancellationToken::new();
        let ended = async {
            let done = then.await;
            shutdown.cancel();
            done
        };
        tokio::join!(self.app.run_launch(shutdown.clone()), ended).1
    }
}

/// An order of 149.90 USD.
pub(crate) fn order_of(consumer_id: ConsumerId) -> NewOrder {
    NewOrder {
        consumer_id,
        distribution_id: None,
        product_id: None,
        external_order_id: None,
        total_amount: "149.90".parse().unwrap(),
        currency: "USD".parse().unwrap(),
        metadata: None,
    }
}
