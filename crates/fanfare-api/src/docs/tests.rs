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
fn blocks_are_headings_paragraphs_lists_and_code() {
    let html = markup::blocks("# A `b`\n\none\ntwo\n\n- x\n- y\n\n```json\n{\n}\n```\nend", 2);
    let wanted = "<h2>A <code>b</code></h2><p>one two</p><ul><li>x</li><li>y</li></ul>\
                  <pre data-kind=\"json\"><code>{\n}</code></pre><p>end</p>";
    assert_eq!(html, wanted);
}

#[test]
fn the_reference_needs_nothing_from_outside_and_its_links_lead_somewhere() {
    let html = page::reference(&DOCUMENT);
    for word in ["<script", "http://", "src=", "style=", " onclick", "@import"] {
        assert!(!html.contains(word), "{word}");
    }
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
