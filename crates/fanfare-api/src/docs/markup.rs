//! HTML from text: escaping, and the little Markdown that our own texts use (headings,
//! paragraphs, lists, fenced code, `code`). Everything is escaped first, so no text can become
//! markup that it did not mean.

use std::fmt::Write as _;

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

/// Blocks of text. `top` is the level of a `#` heading, 1 to 6.
pub(super) fn blocks(text: &str, top: usize) -> String {
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(fence) = line.strip_prefix("```") {
            let code: Vec<_> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            out.push_str(&code_block(&code.join("\n"), fence));
        } else if line.starts_with('#') {
            let depth = line.bytes().take_while(|byte| *byte == b'#').count();
            let level = (top + depth - 1).min(6);
            let title = inline(line.trim_start_matches('#').trim());
            let _infallible = write!(out, "<h{level}>{title}</h{level}>");
        } else if let Some(first) = line.strip_prefix("- ") {
            let mut items = vec![inline(first)];
            while let Some(item) = lines.next_if(|line| line.starts_with("- ")) {
                items.push(inline(&item[2..]));
            }
            let _infallible = write!(out, "<ul><li>{}</li></ul>", items.join("</li><li>"));
        } else if !line.trim().is_empty() {
            let mut paragraph = line.to_owned();
            while let Some(more) = lines.next_if(|line| is_plain(line)) {
                paragraph.push(' ');
                paragraph.push_str(more);
            }
            let _infallible = write!(out, "<p>{}</p>", inline(&paragraph));
        }
    }
    out
}

fn is_plain(line: &str) -> bool {
    !line.trim().is_empty() && !["```", "#", "- "].iter().any(|mark| line.starts_with(mark))
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
