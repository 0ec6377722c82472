//! The launch domain in a store: what is there, and how it is changed together with its events.
//!
//! **Changes** are [`Work`]: a function of a use case that runs inside one transaction of one
//! organization and sees it as a [`LaunchTx`]. It loads what it must know, decides, writes, and
//! emits events; all of it is on disk together or not at all. Work may run more than once (a
//! transaction that many share was rolled back), so it changes nothing outside of itself but its
//! answer. It decides before it writes: refusing after a write is a defect, and the store then
//! fails the work and keeps nothing of it.
//!
//! **Isolation.** Work of one organization behaves as if it ran alone. Row numbers and *change
//! numbers* are given in the order of commits: a reader that goes on after the greatest change
//! number it has seen misses no change and sees none twice.
//!
//! **Reads** outside of work see the state as of one commit.

use async_trait::async_trait;
use fanfare_model::launch::{
    Bid, Consumer, Distribution, DistributionKind, DistributionStatus, Experience,
    ExperienceStatus, Order, OrderStatus, Participant, ParticipantStatus, Product,
};
use fanfare_model::{
    ConsumerId, DistributionId, EventType, ExperienceId, OrderId, OrganizationId, ProductId,
    Timestamp,
};

use crate::{AuditDraft, NewEvent, Page, PageRequest, StoreError};

/// Why work did not happen.
#[derive(Debug)]
pub enum Stopped {
    /// The store said no; the whole work is undone and may be run again.
    Store(StoreError),
    /// The use case said no before it wrote anything; its reason is the use case's business.
    Refused,
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What a use case does within one transaction; see the file's text.
pub type Work = Box<dyn FnMut(&mut dyn LaunchTx) -> Result<(), Stopped> + Send>;

/// In which order participants are looked for inside a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParticipantOrder {
    /// By number: who joined first.
    Number,
    /// By rank, ascending: whom a draw selects first.
    Rank,
    /// By the end of their time, earliest first; those without an end are left out.
    Expiry,
}

/// One organization's launch domain inside one transaction. Everything of other organizations
/// looks as if it did not exist. `put_…` makes a row or replaces it whole, and gives it the next
/// change number of its list.
pub trait LaunchTx {
    /// A consumer.
    fn consumer(&mut self, id: ConsumerId) -> Result<Option<Consumer>, StoreError>;
    /// Whether there is such a consumer; cheaper than reading it.
    fn has_consumer(&mut self, id: ConsumerId) -> Result<bool, StoreError>;
    /// Who has this e-mail address, whatever the case of its letters.
    fn consumer_by_email(&mut self, email: &str) -> Result<Option<ConsumerId>, StoreError>;
    /// Who has this phone number: some of them, if they are many.
    fn consumers_by_phone(&mut self, phone: &str) -> Result<Vec<ConsumerId>, StoreError>;
    /// Who has this id in the organization's own system.
    fn consumer_by_external_id(&mut self, id: &str) -> Result<Option<ConsumerId>, StoreError>;
    /// Makes or replaces a consumer.
    fn put_consumer(&mut self, consumer: &Consumer) -> Result<(), StoreError>;
    /// Removes a consumer and erases the person: the row, the personal fields of the `data` of
    /// stored `consumer.*` events that name it (they become `null`; id, type, time and the other
    /// fields stay), the receivers' answers recorded for these events, kept answers to requests that
    /// hold its id, and the bodies of kept messages of providers that hold its id, e-mail address or
    /// phone number. Participations, orders and bids stay: they hold ids, times and
    /// amounts only. The bytes are gone from the database's files when it returns to rest.
    fn erase_consumer(&mut self, id: ConsumerId) -> Result<(), StoreError>;

    /// A product.
    fn product(&mut self, id: ProductId) -> Result<Option<Product>, StoreError>;
    /// Makes or replaces a product.
    fn put_product(&mut self, product: &Product) -> Result<(), StoreError>;
    /// Removes a product.
    fn delete_product(&mut self, id: ProductId) -> Result<(), StoreError>;
    /// Whether an experience, a distribution or an order names it.
    fn product_is_used(&mut self, id: ProductId) -> Result<bool, StoreError>;

    /// An experience.
    fn experience(&mut self, id: ExperienceId) -> Result<Option<Experience>, StoreError>;
    /// Which experience has this slug.
    fn experience_by_slug(&mut self, slug: &str) -> Result<Option<ExperienceId>, StoreError>;
    /// Makes or replaces an experience; its [`Experience::next_at`] is when it is due.
    fn put_experience(&mut self, experience: &Experience) -> Result<(), StoreError>;
    /// Removes an experience. Only one without distributions is ever removed.
    fn delete_experience(&mut self, id: ExperienceId) -> Result<(), StoreError>;

    /// A distribution.
    fn distribution(&mut self, id: DistributionId) -> Result<Option<Distribution>, StoreError>;
    /// Every distribution of an experience, oldest first.
    fn distributions_of(&mut self, id: ExperienceId) -> Result<Vec<Distribution>, StoreError>;
    /// Makes or replaces a distribution; its [`Distribution::next_at`] is when it is due.
    fn put_distribution(&mut self, distribution: &Distribution) -> Result<(), StoreError>;
    /// Writes what joining changes of a distribution, [`Distribution::joined`] and
    /// [`Distribution::wake_at`], and with it when it is due. Everything else must be as it was
    /// read in this transaction; a join does not pay for metadata.
    fn put_joined(&mut self, distribution: &Distribution) -> Result<(), StoreError>;
    /// Removes a distribution. Only one that nobody joined is ever removed.
    fn delete_distribution(&mut self, id: DistributionId) -> Result<(), StoreError>;

    /// A participant.
    fn participant(
        &mut self,
        distribution: DistributionId,
        consumer: ConsumerId,
    ) -> Result<Option<Participant>, StoreError>;
    /// Makes or replaces a participant.
    fn put_participant(&mut self, participant: &Participant) -> Result<(), StoreError>;
    /// The first participants with this status in this order.
    fn participants(
        &mut self,
        distribution: DistributionId,
        status: ParticipantStatus,
        order: ParticipantOrder,
        limit: usize,
    ) -> Result<Vec<Participant>, StoreError>;
    /// How many participants have this status; kept, not counted.
    fn count_participants(
        &mut self,
        distribution: DistributionId,
        status: ParticipantStatus,
    ) -> Result<u32, StoreError>;

    /// Makes a bid.
    fn put_bid(&mut self, bid: &Bid) -> Result<(), StoreError>;

    /// An order.
    fn order(&mut self, id: OrderId) -> Result<Option<Order>, StoreError>;
    /// Which order has this number in the shop that reported it.
    fn order_by_external_id(&mut self, id: &str) -> Result<Option<OrderId>, StoreError>;
    /// An order that was paid with the payment that has this id at its provider.
    fn order_by_payment(&mut self, reference: &str) -> Result<Option<OrderId>, StoreError>;
    /// Makes or replaces an order.
    fn put_order(&mut self, order: &Order) -> Result<(), StoreError>;

    /// Writes an entry into the organization's audit log.
    fn audit(&mut self, draft: AuditDraft) -> Result<(), StoreError>;

    /// Accepts an event, as [`crate::EventStore::accept`] does, in this transaction.
    fn emit(&mut self, event: NewEvent, at: Timestamp) -> Result<(), StoreError>;
}

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortKey {
    /// Creation; a cursor is the item's id, or a participant's number.
    #[default]
    Created,
    /// The last change; a cursor is the item's change number.
    Updated,
}

/// An item of a list that can be sorted by its last change.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// The item.
    pub item: T,
    /// Its change number: greater than that of every change committed before it.
    pub change: u64,
}

/// Which consumers a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsumerFilter {
    /// With this e-mail address, whatever the case of its letters.
    pub email: Option<String>,
    /// With this id in the organization's own system.
    pub external_id: Option<String>,
    /// Created at or after this time.
    pub created_after: Option<Timestamp>,
    /// Created before this time.
    pub created_before: Option<Timestamp>,
    /// Changed at or after this time.
    pub updated_after: Option<Timestamp>,
}

/// Which experiences a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExperienceFilter {
    /// With one of these statuses; empty: any.
    pub status: Vec<ExperienceStatus>,
}

/// Which distributions a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DistributionFilter {
    /// Of this experience.
    pub experience_id: Option<ExperienceId>,
    /// Of this kind.
    pub kind: Option<DistributionKind>,
    /// With one of these statuses; empty: any.
    pub status: Vec<DistributionStatus>,
}

/// Which participants of a distribution a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParticipantFilter {
    /// With one of these statuses; empty: any.
    pub status: Vec<ParticipantStatus>,
    /// Joined at or after this time.
    pub created_after: Option<Timestamp>,
    /// Joined before this time.
    pub created_before: Option<Timestamp>,
    /// Changed at or after this time.
    pub updated_after: Option<Timestamp>,
}

/// Which orders a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderFilter {
    /// With one of these statuses; empty: any.
    pub status: Vec<OrderStatus>,
    /// Of this consumer.
    pub consumer_id: Option<ConsumerId>,
    /// From this distribution.
    pub distribution_id: Option<DistributionId>,
    /// With this number in the shop that reported it.
    pub external_order_id: Option<String>,
    /// Created at or after this time.
    pub created_after: Option<Timestamp>,
    /// Created before this time.
    pub created_before: Option<Timestamp>,
    /// Changed at or after this time.
    pub updated_after: Option<Timestamp>,
}

/// How many participants of a distribution have each status; statuses nobody has are left out.
pub type ParticipantCounts = Vec<(ParticipantStatus, u32)>;

/// Something that the clock has to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Due {
    /// An experience that opens or closes.
    Experience(ExperienceId),
    /// A distribution that opens, closes, admits, draws, settles, or whose participants run out
    /// of time.
    Distribution(DistributionId),
}

/// What is due, and when the clock has to look next; see [`LaunchStore::launch_due`].
pub type DueNow = (Vec<(OrganizationId, Due)>, Option<Timestamp>);

/// The launch domain.
#[async_trait]
pub trait LaunchStore: Send + Sync {
    /// Runs work in one transaction of this organization; many share one commit.
    /// `Ok(false)`: it refused, nothing was written.
    /// `erases`: whether it calls [`LaunchTx::erase_consumer`].
    async fn launch(
        &self,
        organization: OrganizationId,
        erases: bool,
        work: Work,
    ) -> Result<bool, StoreError>;

    /// What is due at this time, earliest first, at most so many; and when the clock has to look
    /// next, if everything that is due fitted.
    async fn launch_due(&self, now: Timestamp, limit: usize) -> Result<DueNow, StoreError>;

    /// A consumer.
    async fn consumer(
        &self,
        organization: OrganizationId,
        id: ConsumerId,
    ) -> Result<Option<Consumer>, StoreError>;
    /// Consumers.
    async fn consumers(
        &self,
        organization: OrganizationId,
        filter: ConsumerFilter,
        key: SortKey,
        page: PageRequest,
    ) -> Result<Page<Listed<Consumer>>, StoreError>;
    /// A product.
    async fn product(
        &self,
        organization: OrganizationId,
        id: ProductId,
    ) -> Result<Option<Product>, StoreError>;
    /// Products.
    async fn products(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Product>, StoreError>;
    /// An experience.
    async fn experience(
        &self,
        organization: OrganizationId,
        id: ExperienceId,
    ) -> Result<Option<Experience>, StoreError>;
    /// Experiences.
    async fn experiences(
        &self,
        organization: OrganizationId,
        filter: ExperienceFilter,
        page: PageRequest,
    ) -> Result<Page<Experience>, StoreError>;
    /// A distribution, with how many participants have each status.
    async fn distribution(
        &self,
        organization: OrganizationId,
        id: DistributionId,
    ) -> Result<Option<(Distribution, ParticipantCounts)>, StoreError>;
    /// Distributions, each with its counts.
    async fn distributions(
        &self,
        organization: OrganizationId,
        filter: DistributionFilter,
        page: PageRequest,
    ) -> Result<Page<(Distribution, ParticipantCounts)>, StoreError>;
    /// A participant.
    async fn participant(
        &self,
        organization: OrganizationId,
        distribution: DistributionId,
        consumer: ConsumerId,
    ) -> Result<Option<Participant>, StoreError>;
    /// Participants of a distribution; `None`: there is no such distribution. Sorted by creation,
    /// the cursor is the participant's number.
    async fn participants(
        &self,
        organization: OrganizationId,
        distribution: DistributionId,
        filter: ParticipantFilter,
        key: SortKey,
        page: PageRequest,
    ) -> Result<Option<Page<Listed<Participant>>>, StoreError>;
    /// Every participant who ever stood in a draw, with their ranks, by ascending rank; pages of
    /// at most `limit` after this rank. `None`: there is no such distribution.
    async fn draw_order(
        &self,
        organization: OrganizationId,
        distribution: DistributionId,
        after: Option<[u8; 32]>,
        limit: usize,
    ) -> Result<Option<Vec<Participant>>, StoreError>;
    /// Bids of an auction, ordered by number, which is also the cursor; `None`: there is no such
    /// distribution.
    async fn bids(
        &self,
        organization: OrganizationId,
        distribution: DistributionId,
        page: PageRequest,
    ) -> Result<Option<Page<Bid>>, StoreError>;
    /// An order.
    async fn order(
        &self,
        organization: OrganizationId,
        id: OrderId,
    ) -> Result<Option<Order>, StoreError>;
    /// Orders.
    async fn orders(
        &self,
        organization: OrganizationId,
        filter: OrderFilter,
        key: SortKey,
        page: PageRequest,
    ) -> Result<Page<Listed<Order>>, StoreError>;
}

/// Which event types hold personal data of the consumer that their `data` names.
pub const fn names_a_person(event_type: EventType) -> bool {
    matches!(event_type, EventType::ConsumerCreated | EventType::ConsumerUpdated)
}
