//! Running work: one transaction for many pieces, and what becomes of those that cannot share it.
//!
//! Promises: a piece is answered once. What fails unexpectedly fails alone: the transaction is undone
//! and the pieces that were in it are run again, each in one of its own. What stood in another's way
//! is run again as it was.

use std::collections::VecDeque;
use std::sync::Arc;

use fanfare_model::OrganizationId;
use tokio::runtime::Handle;

use super::book::{Aftermath, Tx};
use super::queue::Piece;
use super::tx;
use crate::PostgresStore;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::organization_ops::unknown;
use crate::session::{Lent, Scope, Session};
use crate::shares::Purpose;

/// Once so much was written, no other piece begins in a transaction.
const WRITES: usize = 5_000;

/// A transaction that was undone.
struct Undone {
    /// How many of its pieces had begun.
    begun: usize,
    fault: Fault,
}

/// Runs pieces of work in their order, and answers them.
pub(super) async fn run(
    store: &Arc<PostgresStore>,
    organization: OrganizationId,
    pieces: Vec<Piece>,
) {
    let mut waiting = VecDeque::from(pieces);
    // How many of them go alone, and how often the first was run without an end.
    let (mut alone, mut turn) = (0_usize, 0);
    while !waiting.is_empty() {
        let mut rest = if alone > 0 { waiting.split_off(1) } else { VecDeque::new() };
        let (mut ran, done) = together(store, organization, waiting).await;
        match done {
            Ok(answers) => {
                alone = alone.saturating_sub(answers.len());
                turn = 0;
                for (piece, answer) in ran.drain(..answers.len()).zip(answers) {
                    piece.answer(Ok(answer));
                }
            }
            Err(Undone { begun, fault: Fault::Broken(_) }) if ran.len() > 1 => alone = begun,
            Err(Undone { fault, .. }) => {
                let is_away = matches!(fault, Fault::Away(_));
                if let Err(error) = store.once_more(fault, &mut turn).await {
                    let others = if is_away { std::mem::take(&mut rest) } else { VecDeque::new() };
                    for piece in ran.drain(..).chain(others) {
                        piece.answer(Err(error.clone()));
                    }
                    alone = alone.saturating_sub(1);
                    turn = 0;
                }
            }
        }
        ran.append(&mut rest);
        waiting = ran;
    }
}

/// Begins a transaction as the only one of its organization; gives the last change number.
async fn begin(store: &PostgresStore, organization: OrganizationId) -> Result<(Lent, i64), Fault> {
    let session = store.session(Purpose::Work.of(Scope::Organization(organization))).await?;
    session.begin().await?;
    let sql = "SELECT last_change FROM organizations WHERE id = $1 FOR UPDATE";
    match session.find(sql, &[&uuid(organization)]).await.and_then(|row| row.ok_or_else(unknown)) {
        Ok(row) => Ok((session, row.get("last_change"))),
        Err(fault) => {
            session.roll_back().await;
            Err(fault)
        }
    }
}

/// Runs pieces in one transaction, as many as fit; gives all of them back, and the answers of those
/// that ran.
async fn together(
    store: &Arc<PostgresStore>,
    organization: OrganizationId,
    mut pieces: VecDeque<Piece>,
) -> (VecDeque<Piece>, Result<Vec<bool>, Undone>) {
    let (session, last_change) = match begin(store, organization).await {
        Ok(begun) => begun,
        Err(fault) => return (pieces, Err(Undone { begun: 0, fault })),
    };
    let (runtime, lent) = (Handle::current(), Arc::clone(store));
    // Work is not asynchronous: it has a thread on which it waits for the database.
    let thread = tokio::task::spawn_blocking(move || {
        let tx = Tx::new(&lent, &session, organization, last_change);
        let done = one_after_another(tx, &runtime, &mut pieces);
        (pieces, session, done)
    });
    let Ok((pieces, session, done)) = thread.await else {
        let fault = Fault::failed("the thread of a transaction ended");
        return (VecDeque::new(), Err(Undone { begun: 0, fault }));
    };
    let (answers, aftermath) = match done {
        Ok(done) => done,
        Err(undone) => {
            session.roll_back().await;
            return (pieces, Err(undone));
        }
    };
    match session.commit().await {
        Ok(()) => {
            follow_up(store, &session, aftermath).await;
            (pieces, Ok(answers))
        }
        Err(fault) => (pieces, Err(Undone { begun: answers.len(), fault })),
    }
}

/// Runs pieces until one fails or enough was written, and sends what they wrote.
fn one_after_another(
    mut tx: Tx<'_>,
    runtime: &Handle,
    pieces: &mut VecDeque<Piece>,
) -> Result<(Vec<bool>, Aftermath), Undone> {
    let mut answers = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match tx::run(&mut tx, runtime, &mut piece.work) {
            Ok(answer) => answers.push(answer),
            Err(fault) => return Err(Undone { begun: answers.len() + 1, fault }),
        }
        if tx.writes >= WRITES {
            break;
        }
    }
    match runtime.block_on(tx.finish()) {
        Ok(aftermath) => Ok((answers, aftermath)),
        Err(fault) => Err(Undone { begun: answers.len(), fault }),
    }
}

/// After the commit. What cannot be handed over now is claimed when its lease has ended.
async fn follow_up(store: &PostgresStore, session: &Session, aftermath: Aftermath) {
    for (rows, made) in aftermath.emitted {
        if let Err(fault) = store.hand_over(session, &rows, made).await {
            tracing::warn!(%fault, "what work emitted was not handed over");
        }
    }
    store.sweeper.want(aftermath.erased_in);
}
