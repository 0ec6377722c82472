//! HTML from text: escaping, and Markdown. No text can become markup that it did not mean: HTML in
//! Markdown is shown as the text it is, comments are left out.

use std::collections::HashMap;
use std::fmt::Write as _;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// Text that may stand in an element or in a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(letter),
        }
    }
    out
}

/// Escaped text with `code` spans.
pub(super) fn inline(text: &str) -> String {
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        let part = escape(part);
        if index % 2 == 1 {
            let _infallible = write!(out, "<code>{part}</code>");
        } else {
            out.push_str(&part);
        }
    }
    out
}

/// A part of a text: from a heading to the next.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Section {
    /// The heading; empty before the first.
    pub(super) title: String,
    /// Where it is on its page.
    pub(super) id: String,
    /// 1 to 6; 0 before the first heading.
    pub(super) level: usize,
    /// What it says, without markup.
    pub(super) text: String,
}

/// Markdown as HTML. `top` is the level of a `#` heading, 1 to 6.
pub(super) fn blocks(text: &str, top: usize) -> String {
    rendered(text, top, None, |link| Some(link.to_owned())).0
}

/// Markdown as HTML whose headings can be linked to, and the text of its sections. `target` says where
/// a link leads; one that leads nowhere is only its text.
pub(super) fn page_blocks(
    text: &str,
    target: impl Fn(&str) -> Option<String>,
) -> (String, Vec<Section>) {
    rendered(text, 1, Some(HashMap::new()), target)
}

/// The places on a page that headings have: `None` when they have none.
type Places = Option<HashMap<String, usize>>;

fn rendered(
    text: &str,
    top: usize,
    places: Places,
    target: impl Fn(&str) -> Option<String>,
) -> (String, Vec<Section>) {
    let mut rendering = Rendering {
        top,
        places,
        target,
        sections: vec![Section::default()],
        events: Vec::new(),
        linked: Vec::new(),
    };
    let mut parser = Parser::new_ext(text, Options::ENABLE_TABLES);
    while let Some(event) = parser.next() {
        rendering.event(event, &mut parser);
    }
    let mut out = String::new();
    html::push_html(&mut out, rendering.events.into_iter());
    (out, rendering.sections)
}

/// A text on its way to HTML.
struct Rendering<'t, F> {
    top: usize,
    places: Places,
    target: F,
    sections: Vec<Section>,
    events: Vec<Event<'t>>,
    /// Whether the links that are open lead anywhere.
    linked: Vec<bool>,
}

impl<'t, F: Fn(&str) -> Option<String>> Rendering<'t, F> {
    fn event(&mut self, event: Event<'t>, parser: &mut Parser<'t>) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => self.heading(level as usize, parser),
            Event::Start(Tag::CodeBlock(kind)) => self.code(&kind, parser),
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let led = (self.target)(&dest_url);
                self.linked.push(led.is_some());
                if let Some(led) = led {
                    let dest_url = CowStr::from(led);
                    self.events.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
                }
            }
            Event::End(TagEnd::Link) => {
                if self.linked.pop() == Some(true) {
                    self.events.push(Event::End(TagEnd::Link));
                }
            }
            Event::Start(Tag::Table(columns)) => {
                self.markup("<div class=\"scroll\">".to_owned());
                self.events.push(Event::Start(Tag::Table(columns)));
            }
            Event::End(TagEnd::Table) => {
                self.events.push(Event::End(TagEnd::Table));
                self.markup("</div>\n".to_owned());
            }
            Event::Html(text) | Event::InlineHtml(text) => {
                if !text.trim_start().starts_with("<!--") {
                    self.events.push(Event::Text(text));
                }
            }
            event => {
                match &event {
                    Event::Text(text) | Event::Code(text) => self.note(text),
                    Event::SoftBreak | Event::End(_) => self.note(" "),
                    _ => {}
                }
                self.events.push(event);
            }
        }
    }

    fn heading(&mut self, depth: usize, parser: &mut Parser<'t>) {
        let inner: Vec<_> =
            parser.take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_)))).collect();
        let section = heading(&inner, depth, &mut self.places);
        let level = (self.top + depth - 1).min(6);
        let place = match self.places {
            Some(_) => format!(" id=\"{}\"", escape(&section.id)),
            None => String::new(),
        };
        self.markup(format!("<h{level}{place}>"));
        self.events.extend(inner);
        self.markup(format!("</h{level}>\n"));
        self.sections.push(section);
    }

    fn code(&mut self, kind: &CodeBlockKind<'_>, parser: &mut Parser<'t>) {
        let mut code = String::new();
        for event in parser {
            let Event::Text(text) = event else { break };
            code.push_str(&text);
        }
        self.note(&code);
        let kind = match kind {
            CodeBlockKind::Fenced(info) => info.split([' ', ',']).next().unwrap_or(""),
            CodeBlockKind::Indented => "",
        };
        self.markup(code_block(code.trim_end_matches('\n'), kind) + "\n");
    }

    fn markup(&mut self, text: String) {
        self.events.push(Event::Html(text.into()));
    }

    fn note(&mut self, text: &str) {
        if let Some(section) = self.sections.last_mut() {
            section.text.push_str(text);
        }
    }
}

/// A heading and the place that it gets: its words, joined as the forges do it.
fn heading(inner: &[Event<'_>], level: usize, places: &mut Places) -> Section {
    let mut title = String::new();
    for event in inner {
        if let Event::Text(text) | Event::Code(text) = event {
            title.push_str(text);
        }
    }
    let mut id = String::new();
    for letter in title.to_lowercase().chars() {
        match letter {
            ' ' => id.push('-'),
            letter if letter.is_alphanumeric() || letter == '-' || letter == '_' => id.push(letter),
            _ => {}
        }
    }
    if let Some(places) = places {
        let count = places.entry(id.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            let _infallible = write!(id, "-{}", *count - 1);
        }
    }
    Section { title, id, level, text: String::new() }
}

/// A block of code; `kind` is its language, for the label.
pub(super) fn code_block(code: &str, kind: &str) -> String {
    format!("<pre data-kind=\"{}\"><code>{}</code></pre>", escape(kind), escape(code))
}

/// A whole page.
pub(super) fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>{}</title><link rel=\"icon\" href=\"data:,\">\
         <link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body>{body}</body></html>\n",
        escape(title)
    )
}
