//! What is around every page of text: all pages, the search, where one is.

use std::fmt::Write as _;

use super::markup::{self, Section, escape, page_blocks};
use super::shelf::{self, Page, SHELF};

/// A page of the shelf, whole.
pub(super) fn page(page: &Page) -> String {
    let (text, sections) = page_blocks(page.text, |link| shelf::target(page.file, link));
    let (title, rest) = text.split_once("</h1>").unwrap_or(("", &text));
    let text = format!("{title}</h1>{}{rest}", on_this_page(&sections));
    around(page.slug, page.name, "", &text)
}

/// The headings of a page that is long enough to need them.
fn on_this_page(sections: &[Section]) -> String {
    let parts: Vec<_> = sections.iter().filter(|section| section.level == 2).collect();
    if parts.len() < 4 {
        return String::new();
    }
    let link = |part: &&Section| {
        format!("<li><a href=\"#{}\">{}</a></li>", escape(&part.id), escape(&part.title))
    };
    let links: String = parts.iter().map(link).collect();
    format!("<details class=\"contents\"><summary>On this page</summary><ul>{links}</ul></details>")
}

/// A list of all pages: the way in.
pub(super) fn home() -> String {
    let mut text = String::from(
        "<h1>Fanfare Webhooks</h1><p>Product launches, and webhooks that tell of them: signed, \
         retried, recorded. These pages are part of the server and need no network.</p>\
         <p><a href=\"/docs/quickstart\">Start with the quickstart</a>, or go to the \
         <a href=\"/docs/api\">API reference</a>.</p>",
    );
    for group in SHELF {
        let _infallible = write!(text, "<h2>{}</h2><dl class=\"pages\">", escape(group.name));
        for page in group.pages {
            text.push_str(&listed(&format!("/docs/{}", page.slug), page.name, page.about));
        }
        text.push_str("</dl>");
    }
    text.push_str("<h2>Reference</h2><dl class=\"pages\">");
    for (path, name, about) in REFERENCE {
        text.push_str(&listed(path, name, about));
    }
    text.push_str("</dl>");
    around("", "Documentation", "", &text)
}

/// What is generated instead of written.
const REFERENCE: [(&str, &str, &str); 3] = [
    ("/docs/api", "API reference", "Every route, its parameters and answers."),
    ("/docs/errors", "Errors", "Every error code, what it means and what to do."),
    ("/api/openapi.json", "OpenAPI document", "The same for programs: OpenAPI 3.1."),
];

fn listed(path: &str, name: &str, about: &str) -> String {
    let (path, name, about) = (escape(path), escape(name), escape(about));
    format!("<dt><a href=\"{path}\">{name}</a></dt><dd>{about}</dd>")
}

/// A page around a text. `query` is what was searched for.
pub(super) fn around(slug: &str, title: &str, query: &str, text: &str) -> String {
    let body = format!(
        "<a class=\"skip\" href=\"#main\">Skip to content</a>{}<main id=\"main\" class=\"text\">\
         {text}</main>",
        nav(slug, query)
    );
    markup::page(&format!("{title} · Fanfare Webhooks"), &body)
}

fn nav(slug: &str, query: &str) -> String {
    let mut out = format!(
        "<nav aria-label=\"Documentation\"><p class=\"brand\"><a href=\"/docs\">Fanfare \
         Webhooks</a></p>{}<p class=\"all\"><a href=\"/docs\">All pages</a></p>",
        search_form(query)
    );
    for group in SHELF {
        let _infallible = write!(out, "<p class=\"group\">{}</p><ul>", escape(group.name));
        for page in group.pages {
            let path = format!("/docs/{}", page.slug);
            out.push_str(&item(&path, page.name, page.slug == slug));
        }
        out.push_str("</ul>");
    }
    out.push_str("<p class=\"group\">Reference</p><ul>");
    for (path, name, _) in REFERENCE {
        out.push_str(&item(path, name, path.strip_prefix("/docs/") == Some(slug)));
    }
    out.push_str("</ul></nav>");
    out
}

fn item(path: &str, name: &str, here: bool) -> String {
    let current = if here { " aria-current=\"page\"" } else { "" };
    format!("<li><a href=\"{}\"{current}>{}</a></li>", escape(path), escape(name))
}

/// Works without a script: the server searches.
pub(super) fn search_form(query: &str) -> String {
    format!(
        "<form class=\"search\" role=\"search\" action=\"/docs/search\" method=\"get\">\
         <input type=\"search\" name=\"q\" maxlength=\"100\" aria-label=\"Search the documentation\" \
         placeholder=\"Search\" value=\"{}\"><button>Search</button></form>",
        escape(query)
    )
}
