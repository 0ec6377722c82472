//! The search: every section of every page, every operation and every error code, in memory.
//!
//! It runs in the server, so that it needs neither a network nor a script. A section is found when it
//! has every word that was asked for, the last one also as the beginning of a word; what has them in
//! its title comes first. The index is made from what the binary holds, at the first search.

use std::cmp::Reverse;
use std::fmt::Write as _;
use std::sync::LazyLock;

use fanfare_app::ErrorCode;

use super::markup::{escape, page_blocks};
use super::shelf::{self, pages};
use super::{errors, shell};
use crate::openapi::DOCUMENT;

/// Most letters of a question that are read.
const LETTERS: usize = 100;
/// Most results that are shown.
const RESULTS: usize = 30;
/// Letters of a section that are shown around the first word that fits.
const AROUND: usize = 160;

/// Something that can be found.
#[derive(Debug)]
struct Entry {
    path: String,
    /// The page it is on.
    page: String,
    title: String,
    text: String,
    /// Title and text in lower case.
    words: (String, String),
}

impl Entry {
    fn new(path: String, page: &str, title: &str, text: &str) -> Self {
        let words = (format!("{page} {title}").to_lowercase(), text.to_lowercase());
        Self { path, page: page.to_owned(), title: title.to_owned(), text: text.to_owned(), words }
    }
}

static INDEX: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut entries = Vec::new();
    for page in pages() {
        let path = format!("/docs/{}", page.slug);
        for section in page_blocks(page.text, |link| shelf::target(page.file, link)).1 {
            if section.level == 0 {
                continue;
            }
            let place = if section.level == 1 { String::new() } else { format!("#{}", section.id) };
            let entry = Entry::new(path.clone() + &place, page.name, &section.title, &section.text);
            entries.push(entry);
        }
    }
    for code in ErrorCode::ALL {
        let (_, sections) = page_blocks(errors::markdown(*code), |_| None);
        let text: Vec<_> = sections.iter().map(|section| section.text.as_str()).collect();
        let path = format!("/docs/errors/{code}");
        entries.push(Entry::new(path, "Errors", code.as_str(), &text.join(" ")));
    }
    entries.extend(operations());
    entries
});

fn operations() -> Vec<Entry> {
    let mut entries = Vec::new();
    for (path, item) in DOCUMENT["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let text = |name: &str| operation[name].as_str().unwrap_or_default();
            let title = format!("{} {path}: {}", method.to_uppercase(), text("summary"));
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let names = parameters.filter_map(|one| one["name"].as_str().map(str::to_owned));
            let names: Vec<_> = names.collect();
            let said = format!("{} {}", text("description"), names.join(" "));
            let place = format!("/docs/api#{}", text("operationId"));
            entries.push(Entry::new(place, "API reference", &title, &said));
        }
    }
    entries
}

/// The page with what was found.
pub(super) fn page(question: &str) -> String {
    let question: String = question.chars().take(LETTERS).collect();
    let found = find(&question);
    let mut text = String::from("<h1>Search</h1>");
    text.push_str(&shell::search_form(&question));
    let shown = escape(question.trim());
    let _infallible = match (shown.is_empty(), found.len()) {
        (true, _) => write!(text, "<p>Type a word or two.</p>"),
        (false, 0) => write!(text, "<p role=\"status\">Nothing has all of “{shown}”.</p>"),
        (false, 1) => write!(text, "<p role=\"status\">One place has “{shown}”.</p>"),
        (false, count) => write!(text, "<p role=\"status\">{count} places have “{shown}”.</p>"),
    };
    text.push_str("<ol class=\"results\">");
    for entry in found.iter().take(RESULTS) {
        let _infallible = write!(
            text,
            "<li><a href=\"{}\">{}</a> <span class=\"what\">{}</span><p>{}</p></li>",
            escape(&entry.path),
            escape(&entry.title),
            escape(&entry.page),
            escape(&excerpt(entry, &question))
        );
    }
    text.push_str("</ol>");
    shell::around("search", "Search", &question, &text)
}

/// Everything that fits, the best first.
fn find(question: &str) -> Vec<&'static Entry> {
    let question = question.to_lowercase();
    let words: Vec<_> = question.split_whitespace().collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<_> =
        INDEX.iter().filter_map(|entry| Some((weight(entry, &words)?, entry))).collect();
    found.sort_by_key(|(weight, _)| Reverse(*weight));
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// How well an entry fits; `None`: a word is missing.
fn weight(entry: &Entry, words: &[&str]) -> Option<usize> {
    let (title, text) = &entry.words;
    let mut sum = 0;
    for word in words {
        let in_title = starts(title, word).count();
        let in_text = starts(text, word).count();
        if in_title + in_text == 0 {
            return None;
        }
        // A long page is no better for saying it a hundred times.
        sum += 20 * in_title.min(2) + in_text.min(8);
    }
    Some(sum)
}

/// Where words of a text begin with this one.
fn starts<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(|letter| !letter.is_alphanumeric())
    })
}

/// The part of a section in which the first word that fits stands.
fn excerpt(entry: &Entry, question: &str) -> String {
    let question = question.to_lowercase();
    let text = &entry.words.1;
    let found = question.split_whitespace().find_map(|word| starts(text, word).next());
    let before = found.unwrap_or(0).min(text.len());
    let letters = text[..before].chars().count().saturating_sub(AROUND / 3);
    let part: String = entry.text.chars().skip(letters).take(AROUND).collect();
    let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
    if part.is_empty() { part } else { format!("{part}…") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(question: &str) -> Vec<&'static str> {
        find(question).iter().map(|entry| entry.path.as_str()).collect()
    }

    #[test]
    fn what_is_looked_for_is_found_first() {
        assert_eq!(paths("idempotent receiver")[0], "/docs/recipes/idempotent-receiver");
        assert_eq!(paths("rate_limited")[0], "/docs/errors/rate_limited");
        assert_eq!(paths("rotating secret")[0], "/docs/verify#rotating-the-secret");
        assert_eq!(paths("POST /api/webhooks create")[0], "/docs/api#webhooksCreate");
        assert!(paths("order.paid").contains(&"/docs/events#orderpaid"));
        assert_eq!(paths("FEED")[0], "/docs/feed");
    }

    #[test]
    fn every_word_must_be_there_and_beginnings_of_words_are_enough() {
        assert_eq!(paths("idempotent xyzzy"), [] as [&str; 0]);
        assert_eq!(paths("   "), [] as [&str; 0]);
        assert!(!paths("idempot").is_empty());
        assert_eq!(paths("dempotent"), [] as [&str; 0], "not in the middle of a word");
    }

    #[test]
    fn a_question_never_becomes_markup() {
        let html = page("<script>\"'");
        assert!(!html.contains("<script") && html.contains("&lt;script&gt;&quot;&#39;"), "{html}");
        assert!(page(&"ä".repeat(10_000)).len() < 20_000, "a question has an end");
    }

    #[test]
    fn every_result_leads_to_a_place() {
        for entry in INDEX.iter() {
            assert!(entry.path.starts_with("/docs/"), "{}", entry.path);
            assert!(!entry.title.is_empty(), "{}", entry.path);
        }
        assert!(INDEX.len() > 250, "{}", INDEX.len());
    }
}
