//! `fanfare trigger`: publishes the catalogue's example of an event type.

use anyhow::{anyhow, bail};
use serde_json::{Value, json};

use super::args::TriggerArgs;
use super::with_server;
use crate::cli::Format;
use crate::exit::{Exit, Failure};
use crate::output;

/// Publishes it.
pub(super) fn run(args: &TriggerArgs) -> Result<Exit, Failure> {
    with_server(&args.server, async |api| {
        let catalogue = api.get("/api/event-types").await?;
        let mut data = example(&catalogue, &args.event_type)?;
        for (path, text) in &args.overrides {
            set(&mut data, path, text)?;
        }
        let body = json!({"type": args.event_type, "data": data});
        let receipt = api.post("/api/events", &body).await?;
        let text = match args.format {
            Format::Json => format!("{receipt}\n"),
            Format::Text => {
                let id = receipt["id"].as_str().unwrap_or_default();
                format!("Published {} [{id}]\n", args.event_type)
            }
        };
        output::print(&text).map_err(|failure| failure.error)?;
        Ok(Exit::Done)
    })
}

fn example(catalogue: &Value, event_type: &str) -> anyhow::Result<Value> {
    let types: Vec<_> = catalogue["data"].as_array().into_iter().flatten().collect();
    let name = |one: &Value| one["type"].as_str().unwrap_or_default().to_owned();
    if let Some(found) = types.iter().find(|one| one["type"] == event_type) {
        // The example is a whole envelope, or its data alone.
        let example = &found["example"];
        return Ok(example.get("data").unwrap_or(example).clone());
    }
    let names: Vec<_> = types.into_iter().map(name).collect();
    let nearest = names
        .iter()
        .max_by(|a, b| strsim::jaro(a, event_type).total_cmp(&strsim::jaro(b, event_type)));
    let nearest = nearest.map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    Err(anyhow!("there is no event type {event_type}{nearest}"))
}

/// Sets a field, given its path without `data.`. A value that is not JSON is a text, and so is a number
/// where the example has a text: amounts are texts.
fn set(data: &mut Value, path: &str, text: &str) -> anyhow::Result<()> {
    let mut place = data;
    for part in path.split('.') {
        let Some(fields) = place.as_object_mut() else {
            bail!("data.{path}: a part before `{part}` is no object");
        };
        place = fields.entry(part).or_insert(Value::Null);
        if place.is_null() {
            *place = json!({});
        }
    }
    let as_text = || Value::String(text.to_owned());
    *place = match serde_json::from_str(text) {
        Ok(Value::Number(_) | Value::Bool(_)) if place.is_string() => as_text(),
        Ok(value) => value,
        Err(_) => as_text(),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_are_json_or_text_and_may_be_deep() {
        let mut data = json!({"amount": "1.00", "metadata": null, "count": 1});
        for (path, text) in [
            ("amount", "\"2.50\""),
            ("metadata.shop.name", "north"),
            ("count", "7"),
            ("note", "7 items"),
        ] {
            set(&mut data, path, text).unwrap();
        }
        let expected = json!({"amount": "2.50", "metadata": {"shop": {"name": "north"}},
            "count": 7, "note": "7 items"});
        assert_eq!(data, expected);
        assert!(set(&mut data, "count.x", "1").is_err());
        set(&mut data, "amount", "42.00").unwrap();
        assert_eq!(data["amount"], "42.00", "where a text was, a number is one");
    }

    #[test]
    fn an_unknown_type_names_the_nearest() {
        let catalogue = json!({"data": [{"type": "order.paid", "example": {"a": 1}},
            {"type": "consumer.created", "example": {}}]});
        assert_eq!(example(&catalogue, "order.paid").unwrap(), json!({"a": 1}));
        let error = example(&catalogue, "order.payed").unwrap_err().to_string();
        assert!(error.ends_with("did you mean order.paid?"), "{error}");
    }
}
