//! A row as a line of text: a JSON array with a value for each column. Ids are UUIDs in their usual
//! form, bytes are base64. Every row has exactly one such text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use super::{Column, Holds, Kind, Row, Value};

/// Why a line is no row of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// It is no JSON array, or has too few or too many values.
    #[error("it is not a list of {0} values")]
    Shape(usize),
    /// A column holds what it may not.
    #[error("{0} holds something else than it should")]
    Column(&'static str),
}

impl Kind {
    /// The row as a line, without an end.
    pub fn line(&self, row: &[Value]) -> String {
        let values = row.iter().map(json).collect();
        Json::Array(values).to_string()
    }

    /// The row in a line.
    ///
    /// # Errors
    /// When the line holds no row of this kind: the text says what is wrong with it.
    pub fn row(&self, line: &str) -> Result<Row, LineError> {
        let shape = || LineError::Shape(self.columns.len());
        let Ok(Json::Array(values)) = serde_json::from_str(line) else { return Err(shape()) };
        if values.len() != self.columns.len() {
            return Err(shape());
        }
        let pairs = self.columns.iter().zip(values);
        pairs.map(|(column, json)| value(column, json)).collect()
    }
}

fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int(number) => Json::from(*number),
        Value::Bool(yes) => Json::from(*yes),
        Value::Text(text) => Json::from(text.as_str()),
        Value::Bytes(bytes) => Json::from(STANDARD.encode(bytes)),
        Value::Id(id) => Json::from(id_text(*id)),
        Value::Ids(ids) => ids.iter().map(|id| Json::from(id_text(*id))).collect(),
        Value::Ints(numbers) => numbers.iter().map(|number| Json::from(*number)).collect(),
    }
}

fn value(column: &Column, json: Json) -> Result<Value, LineError> {
    let read = match (column.holds, json) {
        (_, Json::Null) if column.optional => Some(Value::Null),
        (Holds::Int, json) => json.as_i64().map(Value::Int),
        (Holds::Bool, Json::Bool(yes)) => Some(Value::Bool(yes)),
        (Holds::Text, Json::String(text)) => Some(Value::Text(text)),
        (Holds::Bytes, Json::String(text)) => STANDARD.decode(text).ok().map(Value::Bytes),
        (Holds::Id, Json::String(text)) => id(&text).map(Value::Id),
        (Holds::Ids, Json::Array(ids)) => {
            let ids = ids.iter().map(|each| each.as_str().and_then(id));
            ids.collect::<Option<_>>().map(Value::Ids)
        }
        (Holds::Ints, Json::Array(numbers)) => {
            numbers.iter().map(Json::as_i64).collect::<Option<_>>().map(Value::Ints)
        }
        _ => None,
    };
    read.ok_or(LineError::Column(column.name))
}

fn id_text(id: u128) -> String {
    let hex = format!("{id:032x}");
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    parts.join("-")
}

fn id(text: &str) -> Option<u128> {
    let id = u128::from_str_radix(&text.replace('-', ""), 16).ok()?;
    (id_text(id) == text).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::KINDS;

    fn value_for(column: &Column, salt: usize) -> Value {
        match column.holds {
            _ if column.optional && salt.is_multiple_of(2) => Value::Null,
            Holds::Int => Value::Int(i64::MIN + salt as i64),
            Holds::Bool => Value::Bool(salt.is_multiple_of(3)),
            Holds::Text => Value::Text("Käse \"\\\u{1f389}\n".repeat(salt % 3)),
            Holds::Bytes => Value::Bytes((0..=255).take(salt * 7 % 256).collect()),
            Holds::Id => Value::Id(u128::MAX / (salt as u128 + 1)),
            Holds::Ids => Value::Ids((0..salt as u128 % 3).collect()),
            Holds::Ints => Value::Ints((0..salt as i64 % 3).collect()),
        }
    }

    #[test]
    fn rows_of_every_kind_round_trip() {
        for kind in KINDS {
            for salt in 0..8 {
                let columns = kind.columns.iter().enumerate();
                let row: Row =
                    columns.map(|(place, column)| value_for(column, place + salt)).collect();
                let line = kind.line(&row);
                assert!(!line.contains('\n'), "{line}");
                assert_eq!(kind.row(&line), Ok(row), "{line}");
            }
        }
    }

    #[test]
    fn a_line_that_is_no_row_says_why() {
        let kind = KINDS.iter().find(|kind| kind.name == "webhook_versions").unwrap();
        let id = "00000000-0000-0000-0000-00000000002a";
        let good = format!(r#"["{id}","{id}",1,"https://shop.example","[]"]"#);
        assert_eq!(kind.row(&good).unwrap()[0], Value::Id(42));
        let wrong = [
            (good.replace(",1,", ","), LineError::Shape(5)),
            ("{}".to_owned(), LineError::Shape(5)),
            (good.replace(",1,", ",null,"), LineError::Column("version")),
            (good.replace(",1,", ",1.5,"), LineError::Column("version")),
            (good.replace("-00000000002a", "00000000002a"), LineError::Column("organization_id")),
            (good.replace("\"[]\"", "[]"), LineError::Column("headers")),
        ];
        for (line, why) in wrong {
            assert_eq!(kind.row(&line), Err(why), "{line}");
        }
    }
}
