//! The list that `fanfare listen` shows on a terminal: what is in it, and what keys do to it. Knows
//! nothing of the terminal.

use std::collections::VecDeque;

use serde_json::Value;

use super::forward::Answered;
use crate::screen::short;

/// Events that the list remembers.
const REMEMBERED: usize = 500;

/// What somebody pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Up,
    Down,
    /// Forward the selected event once more.
    Retry,
    /// Show the selected event, or the list again.
    Details,
    /// Open the selected event in a browser.
    Open,
    Quit,
    /// Nothing was pressed, but the terminal changed.
    Redraw,
}

/// An event in the list.
#[derive(Debug)]
struct Entry {
    time: String,
    item: Value,
    answered: Option<Answered>,
    tries: u32,
}

/// The list.
#[derive(Debug, Default)]
pub(super) struct List {
    entries: VecDeque<Entry>,
    /// Counted from the newest; 0 follows it.
    selected: usize,
    details: bool,
    status: String,
}

impl List {
    /// What there is to say.
    pub(super) fn say(&mut self, text: &str) {
        text.clone_into(&mut self.status);
    }

    /// An event, and what the program made of it. One that is there already was tried again.
    pub(super) fn add(&mut self, time: String, item: &Value, answered: Option<&Answered>) {
        let answered = answered.cloned();
        if let Some(known) = self.entries.iter_mut().find(|one| one.item["id"] == item["id"]) {
            known.answered = answered;
            known.tries += 1;
            return;
        }
        self.entries.push_front(Entry { time, item: item.clone(), answered, tries: 1 });
        self.entries.truncate(REMEMBERED);
        if self.selected > 0 {
            // What is selected stays so.
            self.selected = (self.selected + 1).min(self.entries.len() - 1);
        }
    }

    /// The selected event.
    pub(super) fn selected(&self) -> Option<&Value> {
        self.entries.get(self.selected).map(|entry| &entry.item)
    }

    /// Moves the selection, or turns to the details and back.
    pub(super) fn press(&mut self, key: Key) {
        match key {
            Key::Up => self.selected = self.selected.saturating_sub(1),
            Key::Down => {
                self.selected = (self.selected + 1).min(self.entries.len().saturating_sub(1));
            }
            Key::Details => self.details = !self.details && !self.entries.is_empty(),
            Key::Retry | Key::Open | Key::Quit | Key::Redraw => {}
        }
    }

    /// The screen, line by line: `height` lines of at most `width` characters.
    pub(super) fn lines(&self, width: usize, height: usize) -> Vec<String> {
        let room = height.saturating_sub(2);
        let mut lines = vec![self.status.clone()];
        match self.entries.get(self.selected).filter(|_| self.details) {
            Some(entry) => lines.extend(details(entry).into_iter().take(room)),
            None => {
                // The selection is always in sight.
                let first = (self.selected + 1).saturating_sub(room);
                let shown = self.entries.iter().enumerate().skip(first).take(room);
                lines.extend(shown.map(|(index, entry)| row(entry, index == self.selected)));
            }
        }
        lines.resize(height.saturating_sub(1), String::new());
        lines.push("↑↓ select · r retry · d details · o open · q quit".to_owned());
        lines.into_iter().map(|line| line.chars().take(width).collect()).collect()
    }
}

fn text(item: &Value, name: &str) -> String {
    item[name].as_str().unwrap_or_default().to_owned()
}

fn outcome(entry: &Entry) -> String {
    let Some(Answered { status, took }) = &entry.answered else { return "shown".to_owned() };
    let status = status.as_ref().map_or_else(|_| "ERROR".to_owned(), u16::to_string);
    let again = if entry.tries > 1 { format!(" ×{}", entry.tries) } else { String::new() };
    format!("{status} {}{again}", short(*took).replace(' ', ""))
}

fn row(entry: &Entry, is_selected: bool) -> String {
    let mark = if is_selected { ">" } else { " " };
    let (event_type, id) = (text(&entry.item, "type"), text(&entry.item, "id"));
    format!("{mark} {}  {:<14} {event_type} [{id}]", entry.time, outcome(entry))
}

fn details(entry: &Entry) -> Vec<String> {
    let mut lines = vec![row(entry, true), String::new()];
    if let Some(Answered { status: Err(error), .. }) = &entry.answered {
        lines.extend([format!("  {error}"), String::new()]);
    }
    for (name, value) in entry.item["headers"].as_object().into_iter().flatten() {
        lines.push(format!("  {name}: {}", value.as_str().unwrap_or_default()));
    }
    lines.push(String::new());
    let body = text(&entry.item, "body");
    let body = serde_json::from_str::<Value>(&body).map_or(body, |body| format!("{body:#}"));
    lines.extend(body.lines().map(|line| format!("  {line}")));
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn add(list: &mut List, number: u32, status: Result<u16, String>) {
        let item = json!({"id": format!("wh_evt_{number}"), "type": "order.paid",
            "headers": {"webhook-id": "x"}, "body": "{\"a\":1}"});
        let answered = Answered { status, took: Duration::from_millis(45) };
        list.add(format!("10:00:0{number}"), &item, Some(&answered));
    }

    #[test]
    fn the_screen() {
        let mut list = List::default();
        list.say("> Ready!");
        for (number, status) in [(1, Ok(200)), (2, Ok(500)), (3, Err("refused".to_owned()))] {
            add(&mut list, number, status);
        }
        add(&mut list, 2, Ok(200));
        list.press(Key::Down);
        insta::assert_snapshot!("list", list.lines(60, 6).join("\n"));
        list.press(Key::Up);
        list.press(Key::Details);
        insta::assert_snapshot!("details", list.lines(60, 12).join("\n"));
    }

    #[test]
    fn the_selection_stays_and_stays_in_sight() {
        let mut list = List::default();
        list.press(Key::Down);
        assert_eq!(list.selected(), None);
        for number in 0..9 {
            add(&mut list, number, Ok(200));
        }
        let id = |list: &List| text(list.selected().unwrap(), "id");
        assert_eq!(id(&list), "wh_evt_8", "the newest is followed");
        for _ in 0..5 {
            list.press(Key::Down);
        }
        assert_eq!(id(&list), "wh_evt_3");
        add(&mut list, 9, Ok(200));
        assert_eq!(id(&list), "wh_evt_3", "what is selected stays so");
        let lines = list.lines(80, 5);
        assert_eq!(lines.len(), 5);
        assert!(lines.iter().any(|line| line.starts_with("> ")), "{lines:?}");
        for _ in 0..2 * REMEMBERED {
            list.press(Key::Down);
        }
        assert_eq!(id(&list), "wh_evt_0");
        for (width, height) in [(0, 0), (1, 1), (3, 2)] {
            assert!(list.lines(width, height).iter().all(|line| line.chars().count() <= width));
        }
    }
}
