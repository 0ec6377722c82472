//! What `fanfare listen` prints.

use fanfare_model::Timestamp;
use serde_json::{Value, json};

use super::forward::{Answered, Forward};
use super::list::{Key, List};
use super::terminal::Terminal;
use crate::cli::Format;
use crate::clock::system_clock;
use crate::output;
use crate::screen::{Look, Screen, short};

/// Prints lines about events on the standard output and everything else on the standard error, or
/// shows a list on the terminal.
pub(super) struct Show {
    format: Format,
    screen: Screen,
    url: Option<String>,
    list: Option<(Terminal, List)>,
}

impl Show {
    /// Lines about events that are forwarded, or only shown.
    pub(super) fn new(format: Format, forward: Option<&Forward>) -> Self {
        let url = forward.map(|forward| forward.url().to_owned());
        Self { format, screen: Screen::new(), url, list: None }
    }

    /// A list instead, on the terminal.
    pub(super) fn on(mut self, terminal: Terminal) -> Self {
        self.list = Some((terminal, List::default()));
        self
    }

    /// Tells people something.
    pub(super) fn say(&mut self, text: &str) {
        match &mut self.list {
            Some((_, list)) => {
                list.say(text);
                self.draw();
            }
            None => output::say(text),
        }
    }

    /// Something of the list was pressed.
    pub(super) fn press(&mut self, key: Key) {
        if let Some((_, list)) = &mut self.list {
            list.press(key);
        }
        self.draw();
    }

    /// The event that is selected in the list.
    pub(super) fn selected(&self) -> Option<Value> {
        self.list.as_ref().and_then(|(_, list)| list.selected().cloned())
    }

    fn draw(&self) {
        if let Some((terminal, list)) = &self.list {
            // A terminal that went away is noticed where keys are read.
            let _gone = terminal.draw(list);
        }
    }

    /// Everything is ready.
    pub(super) fn ready(&mut self, secret: &str) {
        let only =
            if self.url.is_none() { "; events are only shown (--forward-to URL)" } else { "" };
        self.say(&format!("> Ready! Your webhook signing secret is {secret} (^C to quit){only}"));
    }

    /// An event, and what the program made of it.
    pub(super) fn event(&mut self, item: &Value, answered: Option<&Answered>) {
        let now = system_clock().now();
        if let Some((_, list)) = &mut self.list {
            let time = clock_time(now);
            list.add(time.get(11..).unwrap_or(&time).to_owned(), item, answered);
            return self.draw();
        }
        match self.format {
            Format::Json => self.screen.line(&line_of_json(item, answered).to_string()),
            Format::Text => {
                for line in self.lines(now, item, answered) {
                    self.screen.line(&line);
                }
            }
        }
    }

    fn lines(&self, now: Timestamp, item: &Value, answered: Option<&Answered>) -> Vec<String> {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let (id, event_type) = (text("id"), self.screen.paint(Look::Bold, &text("type")));
        let time = self.screen.paint(Look::Dim, &clock_time(now));
        let mut lines = vec![format!("{time}   --> {event_type} [{id}]")];
        let Some(Answered { status, took }) = answered else { return lines };
        let url = self.url.as_deref().unwrap_or_default();
        let took = short(*took).replace(' ', "");
        lines.push(match status {
            Ok(status) => {
                let look = if (200..300).contains(status) { Look::Green } else { Look::Red };
                let status = self.screen.paint(look, &format!("[{status}]"));
                format!("{time}  <--  {status} POST {url} [{id}] ({took})")
            }
            Err(error) => {
                let mark = self.screen.paint(Look::Red, "[ERROR]");
                format!("{time}            {mark} Failed to POST: {error} [{id}] ({took})")
            }
        });
        lines
    }

    /// The server is not to be reached.
    pub(super) fn lost(&mut self, error: &anyhow::Error) {
        self.say(&format!("> Connection lost, reconnecting: {error:#}"));
    }

    /// The server is there again.
    pub(super) fn back(&mut self) {
        self.say("> Connected again; going on where it stopped");
    }

    /// It ended.
    pub(super) fn ended(&mut self, count: u64, uncommitted: bool) {
        self.list = None;
        output::say(&format!("> Stopped after {count} events"));
        if uncommitted {
            output::say("> The server was not told of the last of them; the next start tells it");
        }
    }
}

/// `2026-11-23 10:11:12`, in UTC.
fn clock_time(now: Timestamp) -> String {
    let text = now.to_string();
    text.get(..19).unwrap_or(&text).replace('T', " ")
}

fn line_of_json(item: &Value, answered: Option<&Answered>) -> Value {
    let mut line = json!({"id": item["id"], "type": item["type"], "cursor": item["cursor"]});
    if let Some(Answered { status, took }) = answered {
        line["statusCode"] = json!(status.as_ref().ok());
        line["error"] = json!(status.as_ref().err());
        line["durationMs"] = json!(took.as_millis() as u64);
    }
    line
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn lines_are_those_of_known_tools_with_the_time_taken() {
        let forward = Forward::new("localhost:3000/hooks", &[]).unwrap();
        let show = Show::new(Format::Text, Some(&forward));
        let item = json!({"id": "wh_evt_1", "type": "order.paid", "cursor": "1-0"});
        let at = Timestamp::from_millis(1_795_428_000_123);
        let took = Duration::from_millis(45);
        let good = Answered { status: Ok(200), took };
        let lines = show.lines(at, &item, Some(&good)).join("\n");
        let expected = "2026-11-23 10:00:00   --> order.paid [wh_evt_1]\n\
            2026-11-23 10:00:00  <--  [200] POST http://localhost:3000/hooks [wh_evt_1] (45ms)";
        assert_eq!(lines, expected);
        let bad = Answered { status: Err("connection refused".into()), took };
        let lines = show.lines(at, &item, Some(&bad));
        assert_eq!(
            lines[1],
            "2026-11-23 10:00:00            [ERROR] Failed to POST: connection refused [wh_evt_1] \
             (45ms)"
        );
        assert_eq!(show.lines(at, &item, None).len(), 1);
        let json = line_of_json(&item, Some(&good)).to_string();
        let expected = r#"{"id":"wh_evt_1","type":"order.paid","cursor":"1-0","statusCode":200,"error":null,"durationMs":45}"#;
        assert_eq!(json, expected);
    }
}
