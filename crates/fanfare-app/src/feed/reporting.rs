//! What a receiver says of what it pulled.

use std::time::Duration;

use fanfare_model::{EventId, Scope, limits};
use fanfare_store::{FeedCommit, FeedGroup, FeedPosition, FeedResult};

use crate::{App, AppError, Caller};

/// What came of an event at the receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedResult {
    /// Which event.
    pub event_id: EventId,
    /// The HTTP status of the receiver's own handler, if it answered.
    pub status_code: Option<u16>,
    /// How long that took.
    pub duration: Duration,
    /// Why it did not answer.
    pub error: Option<String>,
}

/// How far a receiver is, and what came of single events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedReport {
    /// Everything up to here was dealt with.
    pub position: Option<FeedPosition>,
    /// At most [`limits::PAGE`] results.
    pub results: Vec<ReportedResult>,
}

impl App {
    /// Commits a group's position, which only moves forward, and keeps results. Needs `events:read`:
    /// whoever may read the feed may say that it did.
    pub async fn commit_feed(
        &self,
        caller: &Caller,
        group: &str,
        report: FeedReport,
    ) -> Result<FeedGroup, AppError> {
        caller.require(Scope::EventsRead)?;
        if report.results.len() > limits::PAGE {
            let message = format!("must have at most {} items", limits::PAGE);
            return Err(AppError::invalid_field("results", message));
        }
        if report.position.is_none() && report.results.is_empty() {
            return Err(AppError::invalid_field("cursor", "is missing, and so are results"));
        }
        let at = self.now();
        let mut results: Vec<FeedResult> = Vec::with_capacity(report.results.len());
        for (index, one) in report.results.into_iter().enumerate() {
            judge(index, &one)?;
            if results.iter().any(|known| known.event_id == one.event_id) {
                let field = format!("results[{index}].eventId");
                return Err(AppError::invalid_field(field, "is there twice"));
            }
            let ReportedResult { event_id, status_code, duration, error } = one;
            results.push(FeedResult { event_id, at, status_code, duration, error, tries: 1 });
        }
        let commit = FeedCommit { position: report.position, results, at };
        let committed = self.store().commit_feed(caller.organization_id, group, commit).await?;
        committed.ok_or_else(|| AppError::not_found("group of the feed"))
    }

    /// The results that a group keeps, newest event first. Needs `events:read`.
    pub async fn feed_results(
        &self,
        caller: &Caller,
        group: &str,
        limit: usize,
    ) -> Result<Vec<FeedResult>, AppError> {
        self.feed_group(caller, group).await?;
        Ok(self.store().feed_results(caller.organization_id, group, limit).await?)
    }
}

fn judge(index: usize, result: &ReportedResult) -> Result<(), AppError> {
    let wrong = |field: &str, message: String| {
        Err(AppError::invalid_field(format!("results[{index}].{field}"), message))
    };
    if result.status_code.is_some_and(|code| !(100..=599).contains(&code)) {
        return wrong("statusCode", "must be from 100 to 599".into());
    }
    let most = limits::FEED_RESULT_ERROR;
    let unfit = |text: &String| text.chars().count() > most || text.chars().any(char::is_control);
    if result.error.as_ref().is_some_and(unfit) {
        let message = format!("must be at most {most} characters without control characters");
        return wrong("error", message);
    }
    if result.status_code.is_none() && result.error.is_none() {
        return wrong("statusCode", "is missing, and so is error".into());
    }
    Ok(())
}
