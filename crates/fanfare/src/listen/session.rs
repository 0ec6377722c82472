//! The loop of `fanfare listen`.
//!
//! Reads on from the last item that was dealt with, which it knows by itself, whatever the server has
//! heard of it. A server that is away or busy is asked again, less and less often up to every
//! [`BACK_OFF_MOST`]; one that refuses (the key was revoked, the group is gone) ends it. Commits that
//! could not be sent go with the next one.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context as _, bail};
use http::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::forward::{Answered, Forward};
use super::journal::Journal;
use super::list::Key;
use super::show::Show;
use crate::client::{Answer, Api};
use crate::remote::browse;

const BACK_OFF: Duration = Duration::from_millis(100);
const BACK_OFF_MOST: Duration = Duration::from_secs(5);
/// For how long the server waits for an event, in seconds, and how long that may take us.
const WAIT: u64 = 20;
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the server may not know what was dealt with.
const COMMIT_AFTER: Duration = Duration::from_millis(500);
/// Results that go with one commit, and that wait for it at most.
const RESULTS: usize = 100;
const RESULTS_KEPT: usize = 1_000;
/// How long the last commit may take.
const FAREWELL: Duration = Duration::from_secs(3);

/// What a request to the server came to.
enum Asked {
    Answered(Value),
    /// Not now.
    Away(anyhow::Error),
}

/// One run of the command.
pub(super) struct Session {
    api: Api,
    group: String,
    types: String,
    forward: Option<Forward>,
    journal: Journal,
    show: Show,
    /// Everything up to here was dealt with.
    cursor: String,
    /// Up to where the server knows.
    committed: String,
    committed_at: Instant,
    results: VecDeque<Value>,
    count: u64,
    is_lost: bool,
    back_off: Duration,
}

/// What is pressed, if there is somebody to press.
pub(super) struct Keys(Option<mpsc::Receiver<Key>>);

impl Keys {
    /// From a terminal, or none.
    pub(super) const fn new(keys: Option<mpsc::Receiver<Key>>) -> Self {
        Self(keys)
    }

    /// Waits for the next one.
    async fn next(&mut self) -> Key {
        if let Some(keys) = &mut self.0
            && let Some(key) = keys.recv().await
        {
            return key;
        }
        std::future::pending().await
    }

    /// The next one if it was pressed already.
    fn at_hand(&mut self) -> Option<Key> {
        self.0.as_mut().and_then(|keys| keys.try_recv().ok())
    }
}

/// Moves a group to the feed's end.
pub(super) async fn skip(api: &mut Api, group: &str) -> anyhow::Result<()> {
    let mut path = format!("/api/feed?group={group}&limit=100");
    loop {
        let page = api.get(&path).await?;
        let cursor = page["cursor"].as_str().context("the feed has no cursor")?;
        if page["hasMore"] != true {
            let commit = json!({"cursor": cursor});
            api.post(&format!("/api/feed/groups/{group}/commit"), &commit).await?;
            return Ok(());
        }
        path = format!("/api/feed?group={group}&limit=100&after={cursor}");
    }
}

impl Session {
    /// Tells the server what an earlier run could not, and goes on from there.
    pub(super) async fn begin(
        mut api: Api,
        group: &str,
        types: &[String],
        forward: Option<Forward>,
        journal: Journal,
        show: Show,
    ) -> anyhow::Result<Self> {
        let known = match journal.read()? {
            Some(cursor) => {
                let path = format!("/api/feed/groups/{group}/commit");
                api.post(&path, &json!({"cursor": cursor})).await?
            }
            None => api.get(&format!("/api/feed/groups/{group}")).await?,
        };
        let cursor = known["cursor"].as_str().context("the group has no cursor")?.to_owned();
        let types = match types {
            [] => String::new(),
            types => {
                let types = types.join(",");
                let types: String =
                    url::form_urlencoded::byte_serialize(types.as_bytes()).collect();
                format!("&types={types}")
            }
        };
        let api = api.with_patience(PATIENCE);
        Ok(Self {
            api,
            group: group.to_owned(),
            types,
            forward,
            journal,
            show,
            committed: cursor.clone(),
            cursor,
            committed_at: Instant::now(),
            results: VecDeque::new(),
            count: 0,
            is_lost: false,
            back_off: BACK_OFF,
        })
    }

    /// Forwards until it is to stop. What is pressed is done between events; a wait for an event is
    /// given up for it and begun anew.
    pub(super) async fn run(
        mut self,
        keys: &mut Keys,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            let page = tokio::select! {
                page = self.page() => page?,
                key = keys.next() => {
                    self.press(key, stop).await;
                    continue;
                }
                () = stop.cancelled() => break,
            };
            match page {
                Some(page) => self.deal_with(&page, keys, stop).await?,
                None => self.rest(keys, stop).await,
            }
        }
        let told = timeout(FAREWELL, self.commit()).await;
        let uncommitted = !matches!(told, Ok(Ok(true)));
        self.show.ended(self.count, uncommitted && self.committed != self.cursor);
        Ok(())
    }

    /// The next page; `None` if the server is away.
    async fn page(&mut self) -> anyhow::Result<Option<Value>> {
        if self.is_due() && !self.commit().await? {
            return Ok(None);
        }
        // With results to tell, the wait is short: they are told after it.
        let wait = if self.is_behind() { 1 } else { WAIT };
        let path = format!(
            "/api/feed?group={}&after={}&limit=50&wait={wait}{}",
            self.group, self.cursor, self.types
        );
        let asked = self.ask(&Method::GET, &path, None).await?;
        Ok(self.heard(asked))
    }

    /// The server is away: nothing for a while.
    async fn rest(&mut self, keys: &mut Keys, stop: &CancellationToken) {
        tokio::select! {
            () = sleep(self.back_off) => self.back_off = (self.back_off * 2).min(BACK_OFF_MOST),
            key = keys.next() => self.press(key, stop).await,
            () = stop.cancelled() => {}
        }
    }

    async fn press(&mut self, key: Key, stop: &CancellationToken) {
        match key {
            Key::Quit => stop.cancel(),
            Key::Retry => {
                if let Some((item, forward)) = self.show.selected().zip(self.forward.as_mut()) {
                    let answered = forward.post(&item).await;
                    self.show.event(&item, Some(&answered));
                    self.results.push_back(result(&item, &answered));
                }
            }
            Key::Open => {
                let id =
                    self.show.selected().and_then(|item| item["id"].as_str().map(str::to_owned));
                let url = format!("{}/events/{}", self.api.url(), id.unwrap_or_default());
                if let Err(error) = browse(&url) {
                    self.show.say(&format!("> {url} cannot be opened: {error}"));
                }
            }
            Key::Up | Key::Down | Key::Details | Key::Redraw => self.show.press(key),
        }
    }

    async fn deal_with(
        &mut self,
        page: &Value,
        keys: &mut Keys,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        for item in page["data"].as_array().into_iter().flatten() {
            while let Some(key) = keys.at_hand() {
                self.press(key, stop).await;
            }
            if stop.is_cancelled() {
                return Ok(());
            }
            let answered = match &mut self.forward {
                Some(forward) => Some(forward.post(item).await),
                None => None,
            };
            self.count += 1;
            self.reach(item["cursor"].as_str())?;
            self.show.event(item, answered.as_ref());
            if let Some(answered) = answered {
                self.results.push_back(result(item, &answered));
            }
            if self.results.len() > RESULTS_KEPT {
                self.results.pop_front();
            }
            if self.is_due() {
                self.commit().await?;
            }
        }
        self.reach(page["cursor"].as_str())
    }

    /// Everything up to this cursor was dealt with.
    fn reach(&mut self, cursor: Option<&str>) -> anyhow::Result<()> {
        let cursor = cursor.context("the feed has no cursor")?;
        if self.cursor != cursor {
            self.journal.write(cursor)?;
            cursor.clone_into(&mut self.cursor);
        }
        Ok(())
    }

    fn is_behind(&self) -> bool {
        self.cursor != self.committed || !self.results.is_empty()
    }

    fn is_due(&self) -> bool {
        let waited = self.committed_at.elapsed() >= COMMIT_AFTER;
        self.is_behind() && (waited || self.results.len() >= RESULTS)
    }

    /// Tells the server what was dealt with; whether it heard everything.
    async fn commit(&mut self) -> anyhow::Result<bool> {
        let path = format!("/api/feed/groups/{}/commit", self.group);
        while self.is_behind() {
            let count = self.results.len().min(RESULTS);
            let results: Vec<_> = self.results.iter().take(count).cloned().collect();
            let body = json!({"cursor": self.cursor, "results": results});
            self.committed_at = Instant::now();
            let asked = self.ask(&Method::POST, &path, Some(&body)).await?;
            if self.heard(asked).is_none() {
                return Ok(false);
            }
            self.results.drain(..count);
            self.committed.clone_from(&self.cursor);
        }
        Ok(true)
    }

    async fn ask(
        &mut self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Asked> {
        let answer: Answer = match self.api.ask(method, path, body).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Asked::Away(error)),
        };
        if answer.is_success() {
            // An answer that broke off on the way is no answer.
            return Ok(answer.json().map_or_else(Asked::Away, Asked::Answered));
        }
        if answer.status >= 500 || answer.busy().is_some() {
            return Ok(Asked::Away(anyhow::anyhow!(answer.refusal())));
        }
        bail!("the server refuses: {}", answer.refusal())
    }

    /// Notes whether the server is there.
    fn heard(&mut self, asked: Asked) -> Option<Value> {
        match asked {
            Asked::Answered(value) => {
                if std::mem::take(&mut self.is_lost) {
                    self.show.back();
                }
                self.back_off = BACK_OFF;
                Some(value)
            }
            Asked::Away(error) => {
                if !std::mem::replace(&mut self.is_lost, true) {
                    self.show.lost(&error);
                }
                None
            }
        }
    }
}

/// What the server is told of an event.
fn result(item: &Value, answered: &Answered) -> Value {
    let ms = u32::try_from(answered.took.as_millis()).unwrap_or(u32::MAX);
    let mut result = json!({"eventId": item["id"], "durationMs": ms});
    match &answered.status {
        Ok(status) => result["statusCode"] = json!(status),
        Err(error) => {
            let fits = |letter: &char| !letter.is_control();
            result["error"] = error.chars().filter(fits).take(500).collect::<String>().into();
        }
    }
    result
}
