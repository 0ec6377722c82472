//! What can be typed about a server's things, and the help texts.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use crate::cli::Format;
use crate::profile::ServerArgs;

/// Commands that need a server.
#[derive(Debug, Subcommand)]
pub(crate) enum RemoteWhat {
    /// Forward events to a program on your machine as they happen.
    ///
    /// Each event is posted as a webhook would get it: same body, same headers, signed. It is pulled
    /// from the server's feed, so nothing has to reach your machine. What was forwarded is committed:
    /// after a lost connection, a restart or a sleep it goes on where it stopped. What your program
    /// answers is reported to the server. The key needs the scopes events:read and webhooks:write.
    ///
    /// On a terminal events are in a list, in which r forwards the selected one once more, d shows it
    /// and o opens it; elsewhere, and with --plain, they are lines on the standard output. Everything
    /// else goes to the standard error. The signing secret stays the same for a profile; put it into
    /// your program's settings once.
    Listen(ListenArgs),
    /// Publish an example of an event type.
    ///
    /// The catalogue's example is published as an event of your organization, and goes to every
    /// webhook and listener that takes its type. The key needs the scope events:write.
    Trigger(TriggerArgs),
    /// List, show, follow and resend events.
    Events {
        #[command(subcommand)]
        what: EventsWhat,
    },
    /// List, show and resend deliveries.
    Deliveries {
        #[command(subcommand)]
        what: DeliveriesWhat,
    },
    /// List, create, test, pause and resume webhooks; give them another secret.
    Webhooks {
        #[command(subcommand)]
        what: WebhooksWhat,
    },
    /// Follow the requests that are made with the organization's keys.
    Logs {
        #[command(subcommand)]
        what: LogsWhat,
    },
    /// Verify a request's signatures, and say why they do not verify.
    ///
    /// Works without a server. The body is read from a file or the standard input, as bytes: not one
    /// may be added or changed. The status is 1 if a signature does not verify.
    Verify(VerifyArgs),
    /// Open the server's documentation in a browser.
    Open(OpenArgs),
}

/// What to forward, and where to.
#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// Where to post events [default: they are only shown]
    #[arg(long, value_name = "URL")]
    pub(crate) forward_to: Option<String>,
    /// Of these types, separated by commas; patterns such as order.* are fine [default: all]
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    pub(crate) events: Vec<String>,
    /// A header to add to each request: NAME:VALUE.
    #[arg(long, value_name = "HEADER", value_parser = parse_header)]
    pub(crate) header: Vec<(String, String)>,
    /// The group of the feed, which holds how far was forwarded [default: one of the profile's own]
    #[arg(long, value_name = "NAME")]
    pub(crate) group: Option<String>,
    /// Print the signing secret and end.
    #[arg(long)]
    pub(crate) print_secret: bool,
    /// Begin with what happens from now on, and leave what happened since the last time.
    #[arg(long, conflicts_with = "print_secret")]
    pub(crate) skip_missed: bool,
    /// Print lines also on a terminal, instead of the list.
    #[arg(long)]
    pub(crate) plain: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

fn parse_header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write NAME:VALUE")?;
    Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}

/// An event to publish.
#[derive(Debug, Args)]
pub(crate) struct TriggerArgs {
    /// The event type, such as order.paid.
    #[arg(value_name = "TYPE")]
    pub(crate) event_type: String,
    /// Another value for a field: data.FIELD=VALUE. The value is JSON, or a text if it is none
    /// or the example has a text there.
    #[arg(long = "override", value_name = "FIELD=VALUE", value_parser = parse_override)]
    pub(crate) overrides: Vec<(String, String)>,
    /// How to print what was published.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

fn parse_override(text: &str) -> Result<(String, String), String> {
    let (path, value) = text.split_once('=').ok_or("write data.FIELD=VALUE")?;
    let field = path.strip_prefix("data.").filter(|field| !field.is_empty());
    let field = field.ok_or("begin with `data.`: only an event's data can be chosen")?;
    Ok((field.to_owned(), value.to_owned()))
}

/// How a list is asked for and printed.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// How many at most, newest first.
    #[arg(long, default_value_t = 20, value_name = "COUNT",
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// How to print them.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// How one thing is asked for and printed.
#[derive(Debug, Args)]
pub(crate) struct OneArgs {
    /// Its id.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// What to do with events.
#[derive(Debug, Subcommand)]
pub(crate) enum EventsWhat {
    /// List events.
    List {
        /// Of these types, separated by commas; patterns such as order.* are fine.
        #[arg(long = "type", value_name = "TYPES")]
        event_type: Option<String>,
        /// Not older than this, such as 2h.
        #[arg(long, value_name = "TIME", value_parser = parse_since)]
        since: Option<u64>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Show an event and what came of it at each webhook.
    Get(OneArgs),
    /// Print events as they happen, until it is interrupted.
    ///
    /// Looks every second. To handle events, and to miss none, use `fanfare listen` or the feed.
    Tail {
        /// Of these types, separated by commas; patterns such as order.* are fine.
        #[arg(long = "type", value_name = "TYPES")]
        event_type: Option<String>,
        /// How to print them.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Send an event again, to each webhook that had a delivery of it.
    Resend {
        /// To this webhook alone.
        #[arg(long, value_name = "WHK_ID")]
        webhook: Option<String>,
        #[command(flatten)]
        one: OneArgs,
    },
}

/// What to do with deliveries.
#[derive(Debug, Subcommand)]
pub(crate) enum DeliveriesWhat {
    /// List deliveries.
    List {
        #[command(flatten)]
        filter: DeliveryFilterArgs,
        /// With one of these statuses, separated by commas: pending, succeeded, failed, cancelled.
        #[arg(long, value_name = "STATUSES")]
        status: Option<String>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Show a delivery with every attempt.
    Get(OneArgs),
    /// Send a delivery again, or all that failed.
    Resend(ResendArgs),
}

/// Which deliveries.
#[derive(Debug, Args)]
pub(crate) struct DeliveryFilterArgs {
    /// To this webhook.
    #[arg(long, value_name = "WHK_ID")]
    pub(crate) webhook: Option<String>,
    /// Of these event types, separated by commas; patterns such as order.* are fine.
    #[arg(long = "type", value_name = "TYPES")]
    pub(crate) event_type: Option<String>,
    /// Not older than this, such as 2h.
    #[arg(long, value_name = "TIME", value_parser = parse_since)]
    pub(crate) since: Option<u64>,
}

/// What to send again.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["id", "failed"]))]
pub(crate) struct ResendArgs {
    /// One delivery.
    #[arg(value_name = "DLV_ID", conflicts_with_all = ["webhook", "event_type", "since", "dry_run"])]
    pub(crate) id: Option<String>,
    /// All that failed, of those that the other flags name.
    #[arg(long)]
    pub(crate) failed: bool,
    #[command(flatten)]
    pub(crate) filter: DeliveryFilterArgs,
    /// Only say how many there are.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// What to do with webhooks.
#[derive(Debug, Subcommand)]
pub(crate) enum WebhooksWhat {
    /// List webhooks.
    List {
        /// With one of these statuses, separated by commas: active, paused, failed, disabled.
        #[arg(long, value_name = "STATUSES")]
        status: Option<String>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Create a webhook; its secret is printed this once.
    Create {
        /// Where events go.
        #[arg(value_name = "TARGET_URL")]
        target: String,
        /// Which types, separated by commas; patterns such as order.* are fine.
        #[arg(long, value_name = "TYPES", value_delimiter = ',', default_value = "*")]
        events: Vec<String>,
        /// A text for people.
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        /// How to print it.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Send the example of an event type to a webhook.
    Test {
        /// Which type.
        #[arg(long = "type", value_name = "TYPE", default_value = "order.paid")]
        event_type: String,
        #[command(flatten)]
        one: OneArgs,
    },
    /// Let a webhook's deliveries wait.
    Pause(OneArgs),
    /// Go on with a paused webhook.
    Resume(OneArgs),
    /// Give a webhook another secret, which is printed this once; the old one stays alive for a day.
    RotateSecret(OneArgs),
}

/// What to do with the log of requests.
#[derive(Debug, Subcommand)]
pub(crate) enum LogsWhat {
    /// Print requests as they are answered, until it is interrupted.
    ///
    /// Method, path, status and time, of every request with a key of the organization; never a query,
    /// a header or a body. Of several nodes behind one address, each tells of what it answers itself,
    /// so name a node's own address to see all of it. The key needs the scope audit:read.
    Tail(TailArgs),
}

/// Which requests to print.
#[derive(Debug, Args)]
pub(crate) struct TailArgs {
    /// With one of these methods, separated by commas.
    #[arg(long, value_name = "METHODS", value_delimiter = ',')]
    pub(crate) method: Vec<String>,
    /// Answered with one of these statuses, separated by commas: 404, or 5xx for all of a kind.
    #[arg(long, value_name = "STATUSES", value_delimiter = ',', value_parser = parse_status)]
    pub(crate) status: Vec<String>,
    /// Whose path begins like this.
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<String>,
    /// How to print them.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `404` as it is, `5xx` as its first digit.
fn parse_status(text: &str) -> Result<String, String> {
    let digits = text.strip_suffix("xx").unwrap_or(text);
    let whole = digits.len() == 3 || digits.len() + 2 == text.len() && digits.len() == 1;
    let number = digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole && number { Ok(digits.to_owned()) } else { Err("write 404, or 4xx".to_owned()) }
}

/// What to verify.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The webhook's secret. Other users of this machine can see it in the list of processes; the
    /// variable they cannot [env: FANFARE_SECRET]
    #[arg(long, value_name = "SECRET")]
    pub(crate) secret: Vec<String>,
    /// The body as it was received [default: the standard input]
    #[arg(long, value_name = "FILE")]
    pub(crate) body: Option<PathBuf>,
    /// A file with the headers, one NAME: VALUE in a line.
    #[arg(long, value_name = "FILE")]
    pub(crate) headers: Option<PathBuf>,
    /// A header: NAME:VALUE.
    #[arg(long, value_name = "HEADER", value_parser = parse_header)]
    pub(crate) header: Vec<(String, String)>,
    /// How old a message may be, in seconds; 0: as old as it wants.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) tolerance: u32,
    /// How to say it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// What to open.
#[derive(Debug, Args)]
pub(crate) struct OpenArgs {
    /// A page of the server.
    #[arg(value_name = "PATH", default_value = "/docs")]
    pub(crate) path: String,
    /// Print the URL and open nothing.
    #[arg(long)]
    pub(crate) print: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// How long ago, in milliseconds.
fn parse_since(text: &str) -> Result<u64, String> {
    let time = crate::config::parse_duration(text, "1s", "3650d")?;
    Ok(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_whole_or_a_kind() {
        assert_eq!(parse_status("404"), Ok("404".to_owned()));
        assert_eq!(parse_status("5xx"), Ok("5".to_owned()));
        for wrong in ["", "xx", "4", "44xx", "4x4", "40", "4xxx"] {
            assert!(parse_status(wrong).is_err(), "{wrong}");
        }
    }
}
