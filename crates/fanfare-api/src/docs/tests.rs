use std::collections::HashSet;

use super::*;

#[test]
fn every_error_code_has_a_page_that_says_its_name_and_status() {
    for code in ErrorCode::ALL {
        let text = errors::markdown(*code);
        assert!(text.starts_with(&format!("# {code}\n")), "{code}");
        let status = crate::error::status_of(*code).as_u16();
        assert!(text.contains(&format!("Status {status}. {}", code.meaning())), "{code}");
        assert!(text.contains(&format!("\"code\": \"{code}\"")), "{code}");
    }
}

#[test]
fn there_is_no_page_without_a_code() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors");
    let known: HashSet<_> = ErrorCode::ALL.iter().map(|code| format!("{code}.md")).collect();
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name), "{name} explains no code");
    }
}

#[test]
fn text_never_becomes_markup() {
    let hostile = "<script>alert('1')</script> \"&`<b>`";
    for html in [markup::inline(hostile), markup::blocks(hostile, 2), markup::escape(hostile)] {
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
    }
    assert!(markup::code_block("x", "\"><script>").contains("&quot;&gt;&lt;script&gt;"));
}

#[test]
fn markdown_becomes_what_it_means() {
    let html = markup::blocks("# A `b`\n\none\ntwo\n\n- x\n- y\n\n```json\n{\n}\n```\nend", 2);
    let wanted = "<h2>A <code>b</code></h2>\n<p>one\ntwo</p>\n<ul>\n<li>x</li>\n<li>y</li>\n</ul>\n\
                  <pre data-kind=\"json\"><code>{\n}</code></pre>\n<p>end</p>\n";
    assert_eq!(html, wanted);
    let text = "# A\n## A\n<!-- no -->\n<b>x</b> [in](b.md) [out](c.rs)\n\n|a|\n|-|\n|`1`|\n";
    let (html, sections) =
        markup::page_blocks(text, |link| (link == "b.md").then(|| "/docs/b".to_owned()));
    assert!(html.contains("<h2 id=\"a-1\">A</h2>"), "{html}");
    assert!(html.contains("&lt;b&gt;x") && !html.contains("no --"), "{html}");
    assert!(html.contains("<a href=\"/docs/b\">in</a> out"), "{html}");
    assert!(html.contains("<div class=\"scroll\"><table>"), "{html}");
    let titles: Vec<_> = sections.iter().map(|one| (one.level, one.id.as_str())).collect();
    assert_eq!(titles, [(0, ""), (1, "a"), (2, "a-1")]);
    assert!(sections[2].text.contains("x in out"), "{sections:?}");
}

#[test]
fn the_list_of_events_in_the_repository_is_the_one_of_the_catalogue() {
    let committed = shelf::pages().find(|page| page.slug == "events").unwrap().text;
    let written = "docs/events.md is stale; run `cargo run -p fanfare-api --example openapi`";
    assert!(committed == catalogue::markdown(), "{written}");
    for event_type in fanfare_model::EventType::ALL {
        assert!(committed.contains(&format!("### {}\n", event_type.as_str())), "{event_type:?}");
    }
}

/// Every page as it is served, by its path.
fn served() -> HashMap<String, String> {
    let mut all: HashMap<_, _> =
        shelf::pages().map(|page| (format!("/docs/{}", page.slug), shell::page(page))).collect();
    for code in ErrorCode::ALL {
        all.insert(format!("/docs/errors/{code}"), errors::page(*code));
    }
    all.insert("/docs".to_owned(), shell::home());
    all.insert("/docs/errors".to_owned(), errors::index());
    all.insert("/docs/search".to_owned(), search::page("webhook"));
    all.insert("/docs/api".to_owned(), page::reference(&DOCUMENT));
    all
}

#[test]
fn every_link_within_the_documentation_leads_somewhere() {
    let all = served();
    for (path, html) in &all {
        for link in targets(html, "href=\"") {
            let (to, place) = link.split_once('#').unwrap_or((link, ""));
            let to = if to.is_empty() { path } else { to };
            if to.contains("://") || matches!(to, "data:," | "/api/openapi.json") {
                continue;
            }
            if let Some(file) = to.strip_prefix("/docs/files/") {
                assert!(shelf::FILES.iter().any(|(known, _)| *known == file), "{path}: {link}");
            } else if to != "/docs/style.css" {
                let page = all.get(to).unwrap_or_else(|| panic!("{path}: {link}"));
                let there = place.is_empty() || page.contains(&format!("id=\"{place}\""));
                assert!(there, "{path}: {link}");
            }
        }
    }
}

#[test]
fn no_page_needs_anything_from_outside() {
    for (path, html) in served() {
        for word in ["<script", " src=", " style=", " onclick", "@import", "<img", "<iframe"] {
            assert!(!html.contains(word), "{path}: {word}");
        }
        assert_eq!(html.matches("<h1").count(), 1, "{path}: one heading of the first level");
        assert_eq!(html.matches("<main").count(), 1, "{path}");
        assert!(html.contains("name=\"viewport\"") && html.contains("lang=\"en\""), "{path}");
    }
}

/// The pages are read in the repository as well: links that are not served lead to files there.
#[test]
fn links_of_the_files_lead_to_files_of_the_repository() {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    for page in shelf::pages() {
        let seen = std::cell::RefCell::new(Vec::new());
        markup::page_blocks(page.text, |link| {
            seen.borrow_mut().push(link.to_owned());
            None
        });
        for link in seen.into_inner() {
            if link.contains("://") || link.starts_with('#') || link.starts_with('/') {
                continue;
            }
            let path = shelf::resolve(page.file, link.split('#').next().unwrap());
            assert!(root.join(&path).exists(), "{}: {link}", page.file);
        }
    }
}

#[test]
fn the_reference_names_every_place_once() {
    let html = page::reference(&DOCUMENT);
    let ids: HashSet<_> = targets(&html, " id=\"").into_iter().collect();
    let links = targets(&html, "href=\"#");
    assert!(links.len() > 100, "{}", links.len());
    for link in links {
        assert!(ids.contains(link), "#{link} leads nowhere");
    }
    assert_eq!(ids.len(), targets(&html, " id=\"").len(), "an id stands twice");
    assert!(STYLE.contains("prefers-color-scheme: dark") && !STYLE.contains("url("));
}

fn targets<'h>(html: &'h str, before: &str) -> Vec<&'h str> {
    let places = html.match_indices(before).map(|(at, _)| at + before.len());
    places.filter_map(|at| html[at..].split('"').next()).collect()
}
