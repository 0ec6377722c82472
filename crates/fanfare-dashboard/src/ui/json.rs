//! JSON as a tree that folds, without scripts.

use std::fmt::Write as _;

use askama::filters::{Escaper as _, Safe};
use serde_json::Value;

use super::Markup;
use crate::text::Visible;

/// Folded from this depth on.
const OPEN_DEPTH: usize = 2;
/// Deeper is shown as one line of text.
const DEEPEST: usize = 64;

/// The tree of a value. Objects and arrays are `<details>`; all text is escaped.
pub(crate) fn json_tree(value: &Value) -> Markup {
    let mut out = String::from(r#"<div class="json">"#);
    write_value(&mut out, None, value, 0);
    out.push_str("</div>");
    Safe(out)
}

fn write_value(out: &mut String, name: Option<&str>, value: &Value, depth: usize) {
    let parts: Vec<(Option<&str>, &Value)> = match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (Some(name.as_str()), value)).collect()
        }
        Value::Array(items) => items.iter().map(|item| (None, item)).collect(),
        _ => Vec::new(),
    };
    if parts.is_empty() || depth >= DEEPEST {
        out.push_str("<div>");
        write_name(out, name);
        write_leaf(out, value);
        out.push_str("</div>");
        return;
    }
    out.push_str(if depth < OPEN_DEPTH { "<details open><summary>" } else { "<details><summary>" });
    write_name(out, name);
    let (open, close, noun) =
        if value.is_object() { ('{', '}', "field") } else { ('[', ']', "item") };
    let plural = if parts.len() == 1 { "" } else { "s" };
    // Writing into a string cannot fail.
    let _ = write!(
        out,
        r#"<span class="json-mark">{open}</span> <span class="json-count">{} {noun}{plural}</span></summary><div class="json-in">"#,
        parts.len()
    );
    for (name, value) in parts {
        write_value(out, name, value, depth + 1);
    }
    let _ = write!(out, r#"</div><span class="json-mark">{close}</span></details>"#);
}

fn write_name(out: &mut String, name: Option<&str>) {
    if let Some(name) = name {
        out.push_str(r#"<span class="json-name">"#);
        let _ = Visible.write_escaped_str(&mut *out, name);
        out.push_str("</span>: ");
    }
}

fn write_leaf(out: &mut String, value: &Value) {
    let kind = match value {
        Value::String(_) => "json-string",
        Value::Number(_) => "json-number",
        _ => "json-word",
    };
    let _ = write!(out, r#"<span class="{kind}">"#);
    let _ = Visible.write_escaped_str(&mut *out, &value.to_string());
    out.push_str("</span>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_name_and_text_is_escaped() {
        let Safe(html) = json_tree(&json!({"<b>": ["<script>", {"\u{202e}": null}], "n": 1.5}));
        assert!(!html.contains("<b>") && !html.contains("<script>"), "{html}");
        assert!(html.contains("&#60;script&#62;") && html.contains("⟨U+202E⟩"), "{html}");
        assert_eq!(html.matches("<details").count(), html.matches("</details>").count());
        assert!(html.contains("2 items") && html.contains("1 field<"), "{html}");
    }

    #[test]
    fn deep_values_end_in_text() {
        let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
        let Safe(html) = json_tree(&deep);
        assert_eq!(html.matches("<details").count(), DEEPEST);
    }
}
