//! Reading the audit log, and holding it against its hashes.

use fanfare_model::{Scope, limits};
use fanfare_store::{AuditEntry, AuditFilter, AuditHead, Order, Page, PageRequest};

use crate::{App, AppError, Caller};

/// What became of holding an organization's audit log against its hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditVerdict {
    /// So many entries, each as it was written, none missing.
    Whole {
        /// How many.
        entries: u64,
    },
    /// The first place at which it does not hold.
    Broken(BrokenLink),
}

/// The first place at which a log does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenLink {
    /// The number of the entry that is not as it was written, or is missing.
    pub number: u64,
    /// What is wrong, for people.
    pub why: &'static str,
}

impl App {
    /// Entries of the audit log, by number, which is also the cursor. Needs `audit:read`.
    pub async fn audit_entries(
        &self,
        caller: &Caller,
        filter: AuditFilter,
        page: PageRequest,
    ) -> Result<Page<AuditEntry>, AppError> {
        caller.require(Scope::AuditRead)?;
        Ok(self.store().audit_entries(caller.organization_id, filter, page).await?)
    }

    /// The next entries after this number, oldest first, for an export: ask until none come. One
    /// line for each is [`AuditEntry::line`]. Needs `audit:read`.
    pub async fn export_audit(
        &self,
        caller: &Caller,
        after: u64,
    ) -> Result<Vec<AuditEntry>, AppError> {
        let page = PageRequest {
            limit: limits::PAGE,
            order: Order::Ascending,
            after: Some(after.into()),
            before: None,
        };
        Ok(self.audit_entries(caller, AuditFilter::default(), page).await?.items)
    }

    /// Computes the hash of every entry again. Needs `audit:read`.
    pub async fn verify_audit(&self, caller: &Caller) -> Result<AuditVerdict, AppError> {
        caller.require(Scope::AuditRead)?;
        let end = self.store().audit_head(caller.organization_id).await?;
        let mut last = AuditHead::default();
        loop {
            let entries = self.export_audit(caller, last.number).await?;
            if entries.is_empty() {
                break;
            }
            for entry in &entries {
                if let Some(why) = broken(&last, entry) {
                    return Ok(AuditVerdict::Broken(BrokenLink { number: last.number + 1, why }));
                }
                last = AuditHead { number: entry.number, hash: entry.hash };
                if last.number == end.number && last.hash != end.hash {
                    let why = "it is not the entry that was the last one";
                    return Ok(AuditVerdict::Broken(BrokenLink { number: last.number, why }));
                }
            }
        }
        if last.number < end.number {
            let why = "entries are missing at the end";
            return Ok(AuditVerdict::Broken(BrokenLink { number: last.number + 1, why }));
        }
        if last.number > end.number {
            // Entries came while we looked, unless the end is still behind them.
            let end = self.store().audit_head(caller.organization_id).await?;
            if end.number < last.number {
                let why = "the log's end was set back";
                return Ok(AuditVerdict::Broken(BrokenLink { number: last.number, why }));
            }
        }
        Ok(AuditVerdict::Whole { entries: last.number })
    }
}

/// What is wrong with the entry that follows `last`.
fn broken(last: &AuditHead, entry: &AuditEntry) -> Option<&'static str> {
    if entry.number != last.number + 1 {
        return Some("the entry is missing");
    }
    if entry.previous_hash != last.hash {
        return Some("it does not follow the entry before it");
    }
    (entry.computed_hash() != entry.hash).then_some("it is not as it was written")
}
