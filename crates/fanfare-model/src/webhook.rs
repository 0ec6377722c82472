//! The states of a webhook, and which command leads from which to which.
//!
//! Commands are what people give. The engine's own moves (a delivery given up marks `failed`, a
//! success makes `active` again, a 410 or days of failures disable) are no commands: they are
//! written with the attempt that causes them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::delivery::text_enum;

text_enum! {
    /// Where a webhook stands.
    WebhookStatus {
        /// Served.
        Active = 0 "active",
        /// Stopped by hand: deliveries are created and wait.
        Paused = 1 "paused",
        /// A delivery was given up and none has succeeded since; still served.
        Failed = 2 "failed",
        /// Not served: no deliveries are created, what waited is cancelled.
        Disabled = 3 "disabled",
    }
}

impl WebhookStatus {
    /// Whether an event accepted now gets a delivery for this webhook.
    pub const fn accepts(self) -> bool {
        !matches!(self, Self::Disabled)
    }

    /// Whether deliveries may be attempted now.
    pub const fn is_served(self) -> bool {
        matches!(self, Self::Active | Self::Failed)
    }

    /// The status after a command. A command that asks for what already is succeeds and changes
    /// nothing, so that it can be repeated safely.
    pub fn apply(self, command: WebhookCommand) -> Result<Self, IllegalTransition> {
        let row = TRANSITIONS.iter().find(|(from, given, _)| *from == self && *given == command);
        let then = row.map_or(Err("it is unknown"), |(_, _, then)| *then);
        then.map_err(|why| IllegalTransition { from: self, command, why })
    }
}

text_enum! {
    /// What people can tell a webhook.
    WebhookCommand {
        /// Let deliveries wait.
        Pause = 0 "pause",
        /// Serve a paused webhook again, beginning with what waited.
        Resume = 1 "resume",
        /// Create no deliveries any more and cancel what waits.
        Disable = 2 "disable",
        /// Serve a disabled webhook again; what was missed can be replayed.
        Enable = 3 "enable",
    }
}

/// A command that has no meaning in the status a webhook has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot {command} a webhook that is {from}: {why}")]
pub struct IllegalTransition {
    /// The status it has.
    pub from: WebhookStatus,
    /// What was asked.
    pub command: WebhookCommand,
    /// Why not, and what to do instead.
    pub why: &'static str,
}

type Transition = (WebhookStatus, WebhookCommand, Result<WebhookStatus, &'static str>);

const SERVED: &str = "it is served already, and its next successful delivery makes it active";
const ENABLE: &str = "enable it instead";
const RESUME: &str = "resume it instead";
const NOTHING_WAITS: &str = "it gets no deliveries that could wait; enable it first";

/// Every status with every command.
const TRANSITIONS: [Transition; 16] = {
    use WebhookCommand::{Disable, Enable, Pause, Resume};
    use WebhookStatus::{Active, Disabled, Failed, Paused};
    [
        (Active, Pause, Ok(Paused)),
        (Active, Resume, Ok(Active)),
        (Active, Disable, Ok(Disabled)),
        (Active, Enable, Ok(Active)),
        (Paused, Pause, Ok(Paused)),
        (Paused, Resume, Ok(Active)),
        (Paused, Disable, Ok(Disabled)),
        (Paused, Enable, Err(RESUME)),
        (Failed, Pause, Ok(Paused)),
        (Failed, Resume, Err(SERVED)),
        (Failed, Disable, Ok(Disabled)),
        (Failed, Enable, Err(SERVED)),
        (Disabled, Pause, Err(NOTHING_WAITS)),
        (Disabled, Resume, Err(ENABLE)),
        (Disabled, Disable, Ok(Disabled)),
        (Disabled, Enable, Ok(Active)),
    ]
};

text_enum! {
    /// Why a webhook is disabled.
    DisabledReason {
        /// By hand.
        Manual = 1 "manual",
        /// The receiver answered 410 Gone.
        Gone = 2 "gone",
        /// Five days of nothing but failures.
        Failing = 3 "failing",
    }
}

text_enum! {
    /// Through what a webhook was made.
    WebhookChannel {
        /// A program of the customer.
        Api = 0 "api",
        /// A person in the dashboard.
        Dashboard = 1 "dashboard",
        /// A Zap.
        Zapier = 2 "zapier",
        /// A scenario of Make.
        Make = 3 "make",
        /// A workflow of n8n.
        N8n = 4 "n8n",
        /// A source of Pipedream.
        Pipedream = 5 "pipedream",
    }
}

impl WebhookChannel {
    /// Whether it is an automation platform. Its URL stands for one subscription: who creates it
    /// again means the one that is there.
    pub const fn is_automation(self) -> bool {
        matches!(self, Self::Zapier | Self::Make | Self::N8n | Self::Pipedream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_answers_every_command_exactly_once() {
        for from in WebhookStatus::ALL {
            for command in WebhookCommand::ALL {
                let rows = TRANSITIONS.iter().filter(|row| row.0 == *from && row.1 == *command);
                assert_eq!(rows.count(), 1, "{from} {command}");
            }
        }
    }

    #[test]
    fn a_command_that_succeeded_can_be_repeated() {
        for from in WebhookStatus::ALL {
            for command in WebhookCommand::ALL {
                if let Ok(then) = from.apply(*command) {
                    assert_eq!(then.apply(*command), Ok(then), "{from} {command}");
                }
            }
        }
    }

    #[test]
    fn nobody_is_stuck() {
        let leads = |from: WebhookStatus, to: WebhookStatus| {
            WebhookCommand::ALL.iter().any(|command| from.apply(*command) == Ok(to))
        };
        assert!(leads(WebhookStatus::Disabled, WebhookStatus::Active));
        assert!(leads(WebhookStatus::Paused, WebhookStatus::Active));
        for from in WebhookStatus::ALL {
            assert!(leads(*from, WebhookStatus::Disabled), "{from}");
            assert!(!leads(*from, WebhookStatus::Failed) || *from == WebhookStatus::Failed);
        }
    }

    #[test]
    fn a_refusal_says_from_what_and_why() {
        let error = WebhookStatus::Paused.apply(WebhookCommand::Enable).unwrap_err();
        assert_eq!(error.to_string(), "cannot enable a webhook that is paused: resume it instead");
    }
}
