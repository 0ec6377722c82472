//! Many hands: a number of connections that share out work.
//!
//! Promises: no more requests are under way than there are hands. A server that says 429 or 503 is
//! asked again when it says so, and that is counted; an answer that was not expected is counted and
//! the work goes on; only a server that cannot be reached any more ends it.

use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use http::Method;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::tally::Tally;
use crate::client::{Answer, Api, Server};
use crate::progress::Progress;

/// How long a busy server is asked again.
const PATIENCE: Duration = Duration::from_secs(120);
/// So many requests without an answer in a row, and the server is gone.
const GONE: u32 = 5;

/// Those who do the work, and what they count.
#[derive(Clone)]
pub(super) struct Crew {
    server: Arc<Server>,
    hands: usize,
    idle: Rc<RefCell<Vec<Api>>>,
    tally: Rc<RefCell<Tally>>,
    unanswered: Rc<Cell<u32>>,
}

/// Work that is shared out.
pub(super) struct Act {
    name: &'static str,
    /// Steps of all pieces together.
    steps: usize,
    rate: Option<u32>,
}

impl Act {
    /// As fast as the server answers.
    pub(super) const fn new(name: &'static str, steps: usize) -> Self {
        Self { name, steps, rate: None }
    }

    /// So many pieces begin per second, on time.
    pub(super) const fn at_rate(self, rate: Option<u32>) -> Self {
        Self { rate, ..self }
    }
}

/// One of them, with a connection of its own.
pub(super) struct Hand {
    api: Api,
    tally: Rc<RefCell<Tally>>,
    unanswered: Rc<Cell<u32>>,
    /// When the present piece of work was due.
    pub(super) due: Instant,
    /// Of how many steps it is.
    pub(super) steps: usize,
}

impl Crew {
    /// So many hands for a server.
    pub(super) fn new(server: Arc<Server>, hands: usize) -> Self {
        let idle = (0..hands).map(|_| Api::new(server.clone())).collect();
        Self {
            server,
            hands,
            idle: Rc::new(RefCell::new(idle)),
            tally: Rc::default(),
            unanswered: Rc::default(),
        }
    }

    /// What was counted so far.
    pub(super) fn tally(&self) -> RefMut<'_, Tally> {
        self.tally.borrow_mut()
    }

    /// A connection for what is not shared out.
    pub(super) fn api(&self) -> Api {
        Api::new(self.server.clone())
    }

    /// Does a piece of work for each item; they begin in this order.
    pub(super) async fn each<T: 'static>(
        &self,
        act: Act,
        items: Vec<T>,
        work: impl AsyncFn(&mut Hand, T) -> anyhow::Result<()> + 'static,
    ) -> anyhow::Result<()> {
        let progress = Rc::new(Progress::begin(act.name, act.steps));
        let began = Instant::now();
        let items = Rc::new(RefCell::new(items.into_iter().enumerate()));
        let work = Rc::new(work);
        let mut hands = JoinSet::new();
        for _ in 0..self.hands {
            let Some(api) = self.idle.borrow_mut().pop() else { break };
            let (tally, unanswered) = (self.tally.clone(), self.unanswered.clone());
            let mut hand = Hand { api, tally, unanswered, due: began, steps: 1 };
            let (items, work, progress) = (items.clone(), work.clone(), progress.clone());
            hands.spawn_local(async move {
                loop {
                    let next = items.borrow_mut().next();
                    let Some((number, item)) = next else { return anyhow::Ok(hand) };
                    (hand.due, hand.steps) = (Instant::now(), 1);
                    if let Some(rate) = act.rate {
                        hand.due =
                            began + Duration::from_secs(1).mul_f64(number as f64 / f64::from(rate));
                        sleep_until(hand.due).await;
                    }
                    work(&mut hand, item).await?;
                    progress.step(hand.steps);
                }
            });
        }
        while let Some(ended) = hands.join_next().await {
            let hand = ended.context("a connection's task")??;
            self.idle.borrow_mut().push(hand.api);
        }
        if let Some(progress) = Rc::into_inner(progress) {
            progress.end();
        }
        Ok(())
    }
}

impl Hand {
    /// What was counted so far.
    pub(super) fn tally(&self) -> RefMut<'_, Tally> {
        self.tally.borrow_mut()
    }

    /// Posts a body; `None` if the answer was not a success, which is counted then.
    pub(super) async fn post(&mut self, path: &str, body: Value) -> anyhow::Result<Option<Value>> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Sends a request; `None` if the answer was not a success, which is counted then.
    pub(super) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Option<Value>> {
        let Some(answer) = self.ask(&method, path, body.as_ref()).await? else { return Ok(None) };
        if answer.is_success() {
            return Ok(Some(answer.json()?));
        }
        self.tally().surprise(format!("{method} {path} was answered {}", answer.refusal()));
        Ok(None)
    }

    /// Sends a request until the server is not too busy; `None` if there was no answer, which is
    /// counted then.
    pub(super) async fn ask(
        &mut self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Option<Answer>> {
        let began = Instant::now();
        loop {
            self.tally().requests += 1;
            let answer = match self.api.ask(method, path, body).await {
                Ok(answer) => answer,
                Err(error) => {
                    self.unanswered.set(self.unanswered.get() + 1);
                    if self.unanswered.get() >= GONE {
                        return Err(error);
                    }
                    self.tally().surprise(format!("{error:#}"));
                    return Ok(None);
                }
            };
            self.unanswered.set(0);
            let Some(pause) = answer.busy() else { return Ok(Some(answer)) };
            self.tally().refused += 1;
            if began.elapsed() > PATIENCE {
                bail!("{method} {path} is still answered {}", answer.refusal());
            }
            sleep(pause).await;
        }
    }
}
