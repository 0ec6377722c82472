//! What erasing a person makes of stored bytes; every backend does it in the same way.
//!
//! Nothing but the person is lost: the order of keys and the bytes of every other value stay.

use std::borrow::Cow;
use std::fmt;

use fanfare_model::ConsumerId;
use fanfare_model::launch::Consumer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The fields of a `consumer.*` event's `data` that say who the person is.
pub const PERSONAL_FIELDS: [&str; 5] = ["email", "phone", "full_name", "external_id", "metadata"];

/// Every consumer whose id is in a text.
pub fn consumers_in(text: &[u8]) -> impl Iterator<Item = ConsumerId> {
    /// An id is `con_` and 26 characters.
    const LENGTH: usize = 30;
    let begins = text.windows(LENGTH).filter(|part| part.starts_with(b"con_"));
    begins.filter_map(|part| std::str::from_utf8(part).ok()?.parse().ok())
}

/// What a provider's message says when it is about this consumer, in small letters: one of these
/// texts is in it. A plus sign is left out, for it may be written in several ways.
pub fn traces(person: &Consumer) -> Vec<String> {
    let email = person.email.as_deref().map(str::to_lowercase);
    let phone = person.phone.as_deref().map(|phone| phone.trim_start_matches('+').to_owned());
    let found = [Some(person.id.to_string()), email, phone];
    found.into_iter().flatten().filter(|text| !text.is_empty()).collect()
}

/// An object whose values were not looked into.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Object<'_> {
    /// The object again, some values replaced.
    fn write(
        &self,
        replaced: impl Fn(&str, &RawValue) -> Result<Option<String>, serde_json::Error>,
    ) -> Result<String, serde_json::Error> {
        let mut out = String::from("{");
        for (key, value) in &self.0 {
            if out.len() > 1 {
                out.push(',');
            }
            out.push_str(&serde_json::to_string(key)?);
            out.push(':');
            out.push_str(replaced(key, value)?.as_deref().unwrap_or(value.get()));
        }
        out.push('}');
        Ok(out)
    }
}

/// An event's body with the personal fields of its `data` set to `null`.
///
/// # Errors
/// When it is no JSON object with an object `data`.
pub fn without_person(body: &[u8]) -> Result<Vec<u8>, serde_json::Error> {
    let envelope: Object<'_> = serde_json::from_slice(body)?;
    let erased = envelope.write(|key, value| {
        if key != "data" {
            return Ok(None);
        }
        let data: Object<'_> = serde_json::from_str(value.get())?;
        data.write(|key, _| Ok(PERSONAL_FIELDS.contains(&key).then(|| "null".to_owned()))).map(Some)
    })?;
    Ok(erased.into_bytes())
}

/// What is answered in place of a kept answer that showed an erased consumer.
pub fn erased_answer(id: ConsumerId) -> Vec<u8> {
    format!("{{\"id\":\"{id}\",\"erased\":true}}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_person_goes() {
        let body = r#"{"id":"wh_evt_1","type":"consumer.updated","n":1.50,"t":"\u00e9\/","data":{"consumer_id":"con_1","email":"a@b.c","phone":null,"full_name":"A \" B","x":{"email":"kept"},"metadata":{"a":[1,2]},"external_id":"7","big":12345678901234567890123,"changed_fields":["email"]},"email":"kept"}"#;
        let erased = without_person(body.as_bytes()).unwrap();
        let expected = r#"{"id":"wh_evt_1","type":"consumer.updated","n":1.50,"t":"\u00e9\/","data":{"consumer_id":"con_1","email":null,"phone":null,"full_name":null,"x":{"email":"kept"},"metadata":null,"external_id":null,"big":12345678901234567890123,"changed_fields":["email"]},"email":"kept"}"#;
        assert_eq!(String::from_utf8(erased.clone()).unwrap(), expected);
        assert_eq!(without_person(&erased).unwrap(), erased, "a second time changes nothing");
    }

    #[test]
    fn what_is_no_event_is_refused() {
        for body in ["", "[]", "{", r#"{"data":1}"#, r#"{"data":{}"#] {
            assert!(without_person(body.as_bytes()).is_err(), "{body}");
        }
    }
}
