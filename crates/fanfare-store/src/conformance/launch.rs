//! What the cases of the launch domain stand on.

use std::sync::{Arc, Mutex, PoisonError};

use fanfare_model::launch::{
    AuctionRules, Bid, Consumer, ConsumerSource, Distribution, DistributionRules,
    DistributionStatus, DrawRules, DrawState, Experience, ExperienceStatus, Metadata, Money, Order,
    OrderStatus, Participant, ParticipantStatus, Product, QueueRules, Reach, Tracking,
};
use fanfare_model::{ConsumerId, DistributionId, OrganizationId};
use serde_json::json;

use super::World;
use super::world::at;
use crate::{LaunchTx, Listed, Page, ParticipantFilter, Stopped, StoreError};

/// An amount.
pub(crate) fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

/// Metadata with something of everything in it.
pub(crate) fn metadata() -> Option<Metadata> {
    let value = json!({"z": 1, "a": [true, null, "ü"], "deep": {"n": 1.5}});
    value.as_object().cloned()
}

/// The items of a list with one page.
pub(crate) fn items<T>(page: Result<Page<Listed<T>>, StoreError>) -> Vec<T> {
    let page = page.expect("a list");
    assert!(!page.has_more);
    page.items.into_iter().map(|listed| listed.item).collect()
}

impl World {
    /// Runs work.
    pub(crate) async fn work(
        &self,
        organization: OrganizationId,
        work: impl FnMut(&mut dyn LaunchTx) -> Result<(), Stopped> + Send + 'static,
    ) -> Result<bool, StoreError> {
        self.store.launch(organization, false, Box::new(work)).await
    }

    /// Runs work that must succeed; gives its answer.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        organization: OrganizationId,
        mut work: impl FnMut(&mut dyn LaunchTx) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let answer = Arc::new(Mutex::new(None));
        let kept = answer.clone();
        let run = move |tx: &mut dyn LaunchTx| {
            let given = work(tx)?;
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(given);
            Ok(())
        };
        assert!(self.work(organization, run).await.expect("work"));
        let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        answer.expect("an answer")
    }

    /// A consumer of whom everything is known.
    pub(crate) fn new_consumer(&self, second: u64) -> Consumer {
        let id: ConsumerId = self.id(at(second));
        Consumer {
            id,
            email: Some(format!("{id}@Shop.example")),
            phone: Some("+4912345678".into()),
            full_name: Some("Ada Löwe".into()),
            external_id: Some(format!("crm-{id}")),
            metadata: metadata(),
            source: ConsumerSource::Import,
            reach: Reach::default(),
            created_at: at(second),
            updated_at: at(second),
        }
    }

    pub(crate) async fn consumer(&self, org: OrganizationId, second: u64) -> Consumer {
        let consumer = self.new_consumer(second);
        let put = consumer.clone();
        self.change(org, move |tx| tx.put_consumer(&put)).await;
        consumer
    }

    pub(crate) async fn product(&self, org: OrganizationId, second: u64) -> Product {
        let product = Product {
            id: self.id(at(second)),
            name: "Boot".into(),
            url: Some("https://shop.example/boot".into()),
            metadata: metadata(),
            created_at: at(second),
            updated_at: at(second),
        };
        let put = product.clone();
        self.change(org, move |tx| tx.put_product(&put)).await;
        product
    }

    /// A draft of which as little is known as possible.
    pub(crate) fn new_experience(&self, second: u64) -> Experience {
        let id = self.id(at(second));
        Experience {
            id,
            name: "Drop".into(),
            slug: format!("drop-{id}"),
            status: ExperienceStatus::Draft,
            open_at: None,
            close_at: None,
            time_zone: None,
            product_ids: Vec::new(),
            created_by: None,
            metadata: None,
            activated_at: None,
            ended_at: None,
            created_at: at(second),
            updated_at: at(second),
        }
    }

    pub(crate) async fn experience(&self, org: OrganizationId, second: u64) -> Experience {
        let experience = self.new_experience(second);
        let put = experience.clone();
        self.change(org, move |tx| tx.put_experience(&put)).await;
        experience
    }

    /// An open queue of which as little is known as possible.
    pub(crate) fn new_queue(&self, experience: &Experience, second: u64) -> Distribution {
        Distribution {
            id: self.id(at(second)),
            experience_id: experience.id,
            product_id: None,
            name: None,
            rules: DistributionRules::Queue(QueueRules::default()),
            status: DistributionStatus::Open,
            open_at: None,
            close_at: None,
            capacity: None,
            metadata: None,
            joined: 0,
            wake_at: None,
            created_at: at(second),
            updated_at: at(second),
        }
    }

    /// An open draw.
    pub(crate) fn new_draw(&self, experience: &Experience, second: u64) -> Distribution {
        let rules = DrawRules {
            winner_count: 3,
            draw_at: None,
            selection_expires_after: None,
            replace_expired: false,
            state: DrawState {
                seed: [7; 32],
                drawn_at: None,
                finished_at: None,
                selected: 0,
                entrants: 0,
            },
        };
        let rules = DistributionRules::Draw(rules);
        Distribution { rules, ..self.new_queue(experience, second) }
    }

    /// An open auction.
    pub(crate) fn new_auction(&self, experience: &Experience, second: u64) -> Distribution {
        let rules = AuctionRules {
            currency: "EUR".parse().expect("a currency"),
            starting_price: money("10"),
            reserve_price: None,
            minimum_increment: money("0.50"),
            settle_at: at(9_000),
            auto_extend_seconds: None,
            win_expires_after: None,
            bid_count: 0,
            highest: None,
        };
        let rules = DistributionRules::Auction(rules);
        Distribution { rules, ..self.new_queue(experience, second) }
    }

    pub(crate) async fn put_distribution(&self, org: OrganizationId, put: &Distribution) {
        let put = put.clone();
        self.change(org, move |tx| tx.put_distribution(&put)).await;
    }

    /// An open queue in an experience of its own.
    pub(crate) async fn queue(&self, org: OrganizationId, second: u64) -> Distribution {
        let experience = self.experience(org, second).await;
        let queue = self.new_queue(&experience, second);
        self.put_distribution(org, &queue).await;
        queue
    }

    /// Somebody who joined.
    pub(crate) fn new_participant(
        &self,
        distribution: DistributionId,
        number: u32,
        second: u64,
    ) -> Participant {
        Participant {
            distribution_id: distribution,
            consumer_id: self.id(at(second)),
            status: ParticipantStatus::Queued,
            number,
            rank: None,
            joined_at: at(second),
            granted_at: None,
            expires_at: None,
            ended_at: None,
            is_backfill: false,
            order_id: None,
            amount: None,
            updated_at: at(second),
        }
    }

    pub(crate) async fn put_participants(&self, org: OrganizationId, put: &[Participant]) {
        let put = put.to_vec();
        self.change(org, move |tx| put.iter().try_for_each(|one| tx.put_participant(one))).await;
    }

    /// So many who joined, one a second from this one on.
    pub(crate) async fn join(
        &self,
        org: OrganizationId,
        distribution: DistributionId,
        numbers: std::ops::RangeInclusive<u32>,
    ) -> Vec<Participant> {
        let joined: Vec<_> = numbers
            .map(|number| self.new_participant(distribution, number, u64::from(number)))
            .collect();
        self.put_participants(org, &joined).await;
        joined
    }

    pub(crate) fn new_bid(&self, auction: DistributionId, number: u32, amount: &str) -> Bid {
        let second = u64::from(number);
        Bid {
            id: self.id(at(second)),
            distribution_id: auction,
            consumer_id: self.id(at(second)),
            amount: money(amount),
            number,
            placed_at: at(second),
        }
    }

    /// An order of which as little is known as possible.
    pub(crate) fn new_order(&self, consumer: ConsumerId, second: u64) -> Order {
        Order {
            id: self.id(at(second)),
            external_order_id: None,
            consumer_id: consumer,
            distribution_id: None,
            experience_id: None,
            product_id: None,
            status: OrderStatus::Created,
            total_amount: money("149.90"),
            currency: "EUR".parse().expect("a currency"),
            metadata: None,
            payment: None,
            tracking: Tracking::default(),
            fulfilled_at: None,
            cancelled_at: None,
            cancel_reason: None,
            created_at: at(second),
            updated_at: at(second),
        }
    }

    pub(crate) async fn put_orders(&self, org: OrganizationId, put: &[Order]) {
        let put = put.to_vec();
        self.change(org, move |tx| put.iter().try_for_each(|order| tx.put_order(order))).await;
    }

    /// The numbers of the participants in a list with one page.
    pub(crate) async fn numbers(
        &self,
        org: OrganizationId,
        distribution: DistributionId,
        filter: ParticipantFilter,
        key: crate::SortKey,
    ) -> Vec<u32> {
        let page = super::world::page(100, crate::Order::Ascending);
        let page = self.store.participants(org, distribution, filter, key, page).await;
        let page = page.expect("a list").expect("the distribution");
        assert!(!page.has_more);
        page.items.iter().map(|listed| listed.item.number).collect()
    }
}
