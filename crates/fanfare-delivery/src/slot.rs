//! A slot: one task with at most one connection, working for one webhook. It attempts, reports,
//! and goes on with its lane's next delivery; without one it keeps its connection for a while.

use std::sync::Arc;

use fanfare_model::WebhookId;
use fanfare_store::{Leased, Record};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::attempt::{self, Attempted, Connection};
use crate::engine::Shared;
use crate::pace::Signal;
use crate::recorder::{Done, Return, Returned};

/// Works until nothing has come for a while.
pub(crate) async fn run(shared: Arc<Shared>, key: WebhookId, first: Leased) {
    let mut connection = None;
    let mut next = Some(first);
    while let Some(leased) = next {
        let began = Instant::now();
        let signal = work(&shared, &mut connection, leased).await;
        next = match shared.dispatch.finish(&shared, key, signal, began) {
            Ok(leased) => Some(leased),
            Err(Some(place)) => wait(&shared, &mut connection, place).await,
            Err(None) => None,
        };
    }
}

/// One delivery, from its lane to the recorder.
async fn work(shared: &Shared, connection: &mut Option<Connection>, leased: Leased) -> Signal {
    if let Some(how) = not_to_be_attempted(shared, &leased) {
        shared.recorder.give_back([returned(&leased, how)]);
        return Signal::Unwell;
    }
    let attempt = attempt::make(shared, connection, &leased);
    let attempted = tokio::select! {
        attempted = attempt => attempted,
        () = shared.abandon.cancelled() => {
            *connection = None;
            Attempted::NotMade(Return::DueAt(shared.clock.now()))
        }
    };
    match attempted {
        Attempted::Made { attempt, verdict, signal } => {
            let record = Record {
                id: leased.id,
                lease: leased.lease,
                event_type: leased.event_type,
                attempt,
                verdict,
            };
            let (webhook, bytes) = (leased.webhook.id, leased.body.len());
            let done = Done { webhook, bytes, record };
            shared.recorder.done(done, &shared.abandon).await;
            signal
        }
        Attempted::NotMade(how) => {
            shared.recorder.give_back([returned(&leased, how)]);
            Signal::Unwell
        }
    }
}

/// Whether the world changed while the delivery waited in its lane.
fn not_to_be_attempted(shared: &Shared, leased: &Leased) -> Option<Return> {
    let now = shared.clock.now();
    if leased.lease_until.is_some_and(|until| now + shared.options.request_timeout > until) {
        return Some(Return::Forgotten);
    }
    let prepared = shared.prepared.get(&leased.webhook);
    shared.return_of(&prepared)
}

pub(crate) fn returned(leased: &Leased, how: Return) -> Returned {
    Returned {
        webhook: leased.webhook.id,
        bytes: leased.body.len(),
        id: leased.id,
        lease: leased.lease,
        how,
    }
}

async fn wait(
    shared: &Shared,
    connection: &mut Option<Connection>,
    mut place: oneshot::Receiver<Leased>,
) -> Option<Leased> {
    let idle = tokio::time::sleep(shared.options.idle);
    tokio::pin!(idle);
    loop {
        let closed = async {
            match connection {
                Some(connection) => connection.channel.closed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            leased = &mut place => return leased.ok(),
            () = closed => *connection = None,
            () = &mut idle => break,
            () = shared.stop.cancelled() => break,
        }
    }
    // Work may have been handed over in this very moment: then it is ours.
    place.close();
    let leased = place.try_recv().ok();
    if leased.is_none() {
        shared.dispatch.stopped_waiting();
    }
    leased
}
