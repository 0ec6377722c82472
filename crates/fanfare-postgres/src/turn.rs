//! Calls that wait to be written begin, or are given up, never both.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fanfare_store::StoreError;
use tokio::sync::oneshot;

/// The turn of one call, known to its caller and to whoever writes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turn {
    decided: Arc<AtomicBool>,
}

impl Turn {
    /// It begins; `false`: its caller gave up, and it must not be written.
    pub(crate) fn begin(&self) -> bool {
        !self.decided.swap(true, Ordering::Relaxed)
    }

    /// Waits for the answer: so long for the turn, then as long as it takes.
    pub(crate) async fn answer<T>(
        &self,
        patience: Duration,
        answered: oneshot::Receiver<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let mut answered = answered;
        let answer = match tokio::time::timeout(patience, &mut answered).await {
            Ok(answer) => answer,
            Err(_) if self.begin() => {
                return Err(StoreError::Unavailable("it waited too long for its turn".into()));
            }
            Err(_) => answered.await,
        };
        answer.unwrap_or_else(|_| Err(StoreError::Unavailable("the store ended".into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_call_that_began_is_waited_for_and_one_that_was_given_up_does_not_begin() {
        let patience = Duration::from_secs(2);
        for begins in [true, false] {
            let turn = Turn::default();
            let (answer, answered) = oneshot::channel();
            let call = turn.answer(patience, answered);
            let writer = async {
                tokio::time::sleep(patience / 2).await;
                assert!(!begins || turn.begin());
                tokio::time::sleep(patience * 4).await;
                assert!(!turn.begin(), "once only");
                let _given_up = answer.send(Ok(7));
            };
            let (given, ()) = tokio::join!(call, writer);
            match begins {
                true => assert_eq!(given.expect("an answer"), 7),
                false => assert!(matches!(given, Err(StoreError::Unavailable(_))), "{given:?}"),
            }
        }
    }
}
