//! Hints between nodes, by `NOTIFY`: something was left due in the store, or a delivery that another
//! node may have in memory was cancelled.
//!
//! ```text
//! what leaves something due ─► gathered here ─► one NOTIFY each 50 ms ─► other nodes: listen ─► engine
//! ```
//!
//! Promises: nothing waits for a hint to be sent, and no transaction that matters sends one: they go
//! by themselves, at most one in [`EVERY`]. A hint may be lost, for example while the listening
//! connection is made anew; it is only ever a reason to look earlier, and whoever begins to listen
//! looks once. Behind a pooler that lends connections by transaction nothing is heard.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use fanfare_model::{DeliveryId, WebhookId};
use futures_util::StreamExt;
use futures_util::stream::poll_fn;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_postgres::AsyncMessage;
use uuid::Uuid;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::ids::{id, uuid};
use crate::session::Scope;
use crate::shares::Purpose;

/// The least time between two hints of a node.
const EVERY: Duration = Duration::from_millis(50);
/// Cancelled deliveries in one hint: PostgreSQL takes 8,000 bytes, one of them takes 65.
const CANCELLED: usize = 100;
/// Cancelled deliveries that wait to be told; of more the other nodes hear when they record.
const CANCELLED_MOST: usize = 10_000;
/// How long a listener that lost its connection waits, at first and at most.
const BACKOFF: Duration = Duration::from_millis(100);
const BACKOFF_MOST: Duration = Duration::from_secs(10);

/// What other nodes are to be told.
#[derive(Default)]
pub(crate) struct Hints {
    gathered: Mutex<Gathered>,
    wanted: Notify,
}

#[derive(Default)]
struct Gathered {
    due: bool,
    cancelled: VecDeque<(Uuid, Uuid)>,
}

impl Hints {
    /// Something was left due in the store.
    pub(crate) fn due(&self) {
        self.gathered.lock().due = true;
        self.wanted.notify_one();
    }

    /// A delivery that another node may have in memory was cancelled.
    pub(crate) fn cancelled(&self, webhook: WebhookId, delivery: DeliveryId) {
        let mut gathered = self.gathered.lock();
        if gathered.cancelled.len() < CANCELLED_MOST {
            gathered.cancelled.push_back((uuid(webhook), uuid(delivery)));
            self.wanted.notify_one();
        }
    }

    /// The next hint of this node; `None`: there is nothing to tell.
    fn take(&self, node: i64) -> Option<String> {
        let mut gathered = self.gathered.lock();
        let due = std::mem::take(&mut gathered.due);
        let most = gathered.cancelled.len().min(CANCELLED);
        let cancelled: Vec<_> = gathered.cancelled.drain(..most).collect();
        if !gathered.cancelled.is_empty() {
            self.wanted.notify_one();
        }
        let hint = Hint { node, due, cancelled };
        (hint.due || !hint.cancelled.is_empty()).then(|| hint.text())
    }
}

/// What a node tells the others.
#[derive(Debug, PartialEq, Eq)]
struct Hint {
    node: i64,
    due: bool,
    /// Webhooks and deliveries.
    cancelled: Vec<(Uuid, Uuid)>,
}

impl Hint {
    /// Words: the node, `due` or `-`, and a webhook with a delivery for each that was cancelled.
    fn text(&self) -> String {
        let due = if self.due { "due" } else { "-" };
        let mut text = format!("{} {due}", self.node);
        for (webhook, delivery) in &self.cancelled {
            text.push_str(&format!(" {}{}", webhook.simple(), delivery.simple()));
        }
        text
    }

    /// Reads what [`Hint::text`] wrote; `None`: another version's.
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (node, due) = (words.next()?.parse().ok()?, words.next()? == "due");
        let pair = |word: &str| {
            let (webhook, delivery) = word.split_at_checked(32)?;
            Some((Uuid::parse_str(webhook).ok()?, Uuid::parse_str(delivery).ok()?))
        };
        Some(Self { node, due, cancelled: words.map(pair).collect::<Option<_>>()? })
    }
}

impl PostgresStore {
    /// Something was left due in the store: this node's engine looks now, those of others soon.
    pub(crate) fn left_due(&self) {
        self.handover.wake();
        self.hints.due();
    }
}

/// Sends hints until the store closes.
pub(crate) async fn send(store: Arc<PostgresStore>) {
    let forever = async {
        loop {
            store.hints.wanted.notified().await;
            if let Some(hint) = store.hints.take(store.figures.node)
                && let Err(fault) = tell(&store, &hint).await
            {
                tracing::debug!(%fault, "other nodes were not told; they look by themselves");
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    tokio::select! {
        () = forever => {}
        () = store.stop.cancelled() => {}
    }
}

async fn tell(store: &PostgresStore, hint: &str) -> Result<(), Fault> {
    let session = store.session(Purpose::Work.of(Scope::Product)).await?;
    session.query("SELECT pg_notify('fanfare', $1)", &[&hint]).await.map(drop)
}

/// Listens until the store closes, on a connection of its own.
pub(crate) async fn listen(store: Arc<PostgresStore>) {
    let mut backoff = BACKOFF;
    let forever = async {
        loop {
            let fault = listen_once(&store, &mut backoff).await;
            tracing::debug!(%fault, ?backoff, "hints of other nodes are not heard for a while");
            tokio::time::sleep(backoff).await;
            backoff = (backoff * 2).min(BACKOFF_MOST);
        }
    };
    tokio::select! {
        () = forever => {}
        () = store.stop.cancelled() => {}
    }
}

/// Listens on one connection; gives why it ended.
async fn listen_once(store: &PostgresStore, backoff: &mut Duration) -> Fault {
    let connect = store.sessions.connector().connect();
    let (client, mut connection) =
        match tokio::time::timeout(store.options.connect_timeout, connect).await {
            Ok(Ok(connected)) => connected,
            Ok(Err(error)) => return error.into(),
            Err(_) => return Fault::Away("the database does not answer".into()),
        };
    let mut messages = pin!(poll_fn(move |context| connection.poll_message(context)));
    let mut begin = pin!(client.batch_execute("LISTEN fanfare"));
    let mut listens = false;
    loop {
        tokio::select! {
            begun = &mut begin, if !listens => match begun {
                Ok(()) => {
                    listens = true;
                    *backoff = BACKOFF;
                    // For what was not heard before.
                    store.handover.wake();
                }
                Err(error) => return error.into(),
            },
            message = messages.next() => match message {
                Some(Ok(AsyncMessage::Notification(hint))) => hear(store, hint.payload()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return error.into(),
                None => return Fault::Away("the connection ended".into()),
            },
        }
    }
}

fn hear(store: &PostgresStore, text: &str) {
    let Some(hint) = Hint::parse(text).filter(|hint| hint.node != store.figures.node) else {
        return;
    };
    for (webhook, delivery) in hint.cancelled {
        store.handover.delivery_cancelled(id(webhook), id(delivery));
    }
    if hint.due {
        store.handover.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_read_as_they_were_written() {
        let pair = |number| (Uuid::from_u128(number), Uuid::from_u128(number << 64));
        for (due, count) in [(true, 0), (false, 1), (true, CANCELLED as u128)] {
            let hint = Hint { node: 7, due, cancelled: (0..count).map(pair).collect() };
            let text = hint.text();
            assert!(text.len() < 8_000, "{}", text.len());
            assert_eq!(Hint::parse(&text), Some(hint));
        }
        for strange in ["", "x due", "7", "7 due abc", "7 due ü"] {
            assert_eq!(Hint::parse(strange), None, "{strange}");
        }
    }

    #[test]
    fn what_is_gathered_goes_in_bounded_hints() {
        let hints = Hints::default();
        assert_eq!(hints.take(1), None);
        hints.due();
        for number in 0..CANCELLED_MOST as u128 + 5 {
            hints.cancelled(WebhookId::from_u128(1), DeliveryId::from_u128(number));
        }
        let mut told = 0;
        let mut first = true;
        while let Some(text) = hints.take(1) {
            let hint = Hint::parse(&text).expect("ours");
            assert_eq!(hint.due, std::mem::take(&mut first));
            assert!(hint.cancelled.len() <= CANCELLED);
            told += hint.cancelled.len();
        }
        assert_eq!(told, CANCELLED_MOST);
    }
}
