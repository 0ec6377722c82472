//! Lists of the API, followed page by page, and how they are printed.

use std::time::Duration;

use serde_json::Value;

use crate::cli::Format;
use crate::client::Api;
use crate::clock::system_clock;
use crate::output;

/// Most items of one page.
const PAGE: usize = 100;

/// A query, as text.
#[derive(Debug, Default)]
pub(super) struct Query(String);

impl Query {
    /// Adds a parameter if it is given.
    pub(super) fn with(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            self.0 += &format!("&{name}={value}");
        }
        self
    }

    /// Only what is not older than so many milliseconds.
    pub(super) fn since(self, ms: Option<u64>) -> Self {
        self.with("createdAfter", ms.map(time_ago).as_deref())
    }
}

/// The time so many milliseconds ago.
pub(super) fn time_ago(ms: u64) -> String {
    system_clock().now().minus(Duration::from_millis(ms)).to_string()
}

/// Up to `limit` items of a list, in its order.
pub(super) async fn fetch(
    api: &mut Api,
    path: &str,
    query: &Query,
    limit: usize,
) -> anyhow::Result<Vec<Value>> {
    let mut items = Vec::new();
    let mut after = String::new();
    while items.len() < limit {
        let count = PAGE.min(limit - items.len());
        let mut page = api.get(&format!("{path}?limit={count}{}{after}", query.0)).await?;
        if let Value::Array(data) = page["data"].take() {
            items.extend(data);
        }
        let end = page["pageInfo"]["endCursor"].as_str();
        match end.filter(|_| page["pageInfo"]["hasNextPage"] == true) {
            Some(cursor) => after = format!("&after={cursor}"),
            None => break,
        }
    }
    Ok(items)
}

/// A field as a cell: texts as they are, nothing as a dash.
pub(super) fn cell(item: &Value, field: &str) -> String {
    match &item[field] {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let texts: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            texts.join(",")
        }
        other => other.to_string(),
    }
}

/// A list: in a table under these fields' names, or a line of JSON for each item.
pub(super) fn print_list<const N: usize>(
    items: &[Value],
    fields: [&str; N],
    format: Format,
) -> anyhow::Result<()> {
    let text = match format {
        Format::Json => items.iter().map(|item| format!("{item}\n")).collect(),
        Format::Text => {
            let mut rows = vec![fields.map(heading)];
            rows.extend(items.iter().map(|item| fields.map(|field| cell(item, field))));
            output::columns(&rows)
        }
    };
    output::print(&text).map(drop).map_err(|failure| failure.error)
}

/// `eventType` as `EVENT TYPE`.
fn heading(field: &str) -> String {
    let mut text = String::new();
    for letter in field.chars() {
        if letter.is_ascii_uppercase() {
            text.push(' ');
        }
        text.push(letter.to_ascii_uppercase());
    }
    text
}

/// One thing: its fields below each other, or a line of JSON.
pub(super) fn print_one(item: &Value, format: Format) -> anyhow::Result<()> {
    let text = match format {
        Format::Json => format!("{item}\n"),
        Format::Text => format!("{item:#}\n"),
    };
    output::print(&text).map(drop).map_err(|failure| failure.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_escaped_and_headings_read_well() {
        let query = Query::default().with("type", Some("order.*,a&b")).with("status", None);
        assert_eq!(query.0, "&type=order.*%2Ca%26b");
        assert_eq!((heading("eventType"), heading("id")), ("EVENT TYPE".into(), "ID".into()));
    }

    #[test]
    fn cells_show_every_kind_of_value() {
        let item = serde_json::json!({"a": null, "b": "x", "c": ["y", "z"], "d": 503});
        let cells = ["a", "b", "c", "d"].map(|field| cell(&item, field));
        assert_eq!(cells, ["-", "x", "y,z", "503"]);
    }
}
