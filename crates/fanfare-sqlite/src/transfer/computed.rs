//! The columns at the end of some kinds that no statement can give.

use fanfare_model::launch::ParticipantStatus;
use fanfare_model::{DeliveryId, ErrorClass, EventSelection, Timestamp};
use fanfare_store::Attempt;
use fanfare_store::erasure::consumers_in;
use fanfare_store::transfer::Value;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::attempt;
use crate::fault::Fault;
use crate::ids::delivery_id;
use crate::launch::distribution;

/// How the last columns of a kind are made.
#[derive(Clone, Copy)]
pub(super) struct Computed {
    /// How many they are.
    pub(super) columns: usize,
    /// What is selected for them, after a comma.
    pub(super) from: &'static str,
    /// Appends them.
    pub(super) of: fn(&Connection, &Row<'_>, &mut Vec<Value>) -> Result<(), Fault>,
}

pub(super) const NOTHING: Computed = Computed { columns: 0, from: "", of: |_, _, _| Ok(()) };

/// Which types a webhook's selection matches.
pub(super) const TYPES: Computed = Computed {
    columns: 1,
    from: ", t.events AS selection",
    of: |_, row, values| {
        let text = row.get::<_, String>("selection")?;
        let selection: EventSelection = serde_json::from_str(&text)
            .map_err(|error| Fault::corrupt(format!("a webhook's events: {error}")))?;
        values.push(Value::Int(selection.types().bits().into()));
        Ok(())
    },
};

/// The columns of an attempt.
const PARTS: usize = 9;

/// The latest attempt of a delivery.
pub(super) const LATEST: Computed = Computed {
    columns: PARTS,
    from: ", t.attempt AS bytes, t.attempts AS latest",
    of: |_, row, values| {
        let latest = row.get("latest")?;
        if latest == 0 {
            values.extend(std::iter::repeat_n(Value::Null, PARTS));
            return Ok(());
        }
        let bytes: Vec<u8> = row.get("bytes")?;
        values.extend(parts(attempt::decode(latest, &bytes)?));
        Ok(())
    },
};

/// An earlier attempt.
pub(super) const ATTEMPT: Computed = Computed {
    columns: PARTS,
    from: ", t.attempt AS bytes, t.number AS number",
    of: |_, row, values| {
        let bytes: Vec<u8> = row.get("bytes")?;
        values.extend(parts(attempt::decode(row.get("number")?, &bytes)?));
        Ok(())
    },
};

fn parts(attempt: Attempt) -> [Value; PARTS] {
    let maybe = |number: Option<i64>| number.map_or(Value::Null, Value::Int);
    let micros = i64::try_from(attempt.duration.as_micros()).unwrap_or(i64::MAX);
    [
        Value::Int(attempt.started_at.as_millis()),
        Value::Int(micros),
        maybe(attempt.status_code.map(i64::from)),
        maybe(attempt.error_class.map(|class| i64::from(ErrorClass::code(class)))),
        Value::Bytes(attempt.response_body.to_vec()),
        Value::Bool(attempt.response_truncated),
        attempt.remote_addr.map_or(Value::Null, Value::Text),
        Value::Int(i64::from(attempt.webhook_version)),
        Value::Bytes(attempt.signatures.to_bytes()),
    ]
}

/// Where a job is. It counts by the numbers of rows here, elsewhere by ids; where such a row is gone
/// the one before it serves as well.
pub(super) const ITEMS: Computed = Computed {
    columns: 2,
    from: ", t.position AS place, t.last_delivery AS until, t.organization AS whose",
    of: |connection, row, values| {
        let whose = row.get("whose")?;
        let place: Vec<u8> = row.get("place")?;
        let position = match (<[u8; 8]>::try_from(&*place), <[u8; 16]>::try_from(&*place)) {
            (Ok(seq), _) => delivery_up_to(connection, whose, i64::from_be_bytes(seq))?,
            (_, Ok(event)) => Some(u128::from_be_bytes(event)),
            _ => None,
        };
        let until = delivery_up_to(connection, whose, row.get("until")?)?;
        values.extend([position, until].map(|id| id.map_or(Value::Null, Value::Id)));
        Ok(())
    },
};

fn delivery_up_to(
    connection: &Connection,
    organization: i64,
    seq: i64,
) -> Result<Option<u128>, Fault> {
    let sql = "SELECT seq, created_at FROM deliveries WHERE seq <= ?2 AND organization = ?1 \
         ORDER BY seq DESC LIMIT 1";
    let mut find = connection.prepare_cached(sql)?;
    let id = find.query_row((organization, seq), |row| {
        Ok(delivery_id(row.get(0)?, Timestamp::from_millis(row.get(1)?)))
    });
    Ok(id.optional()?.map(DeliveryId::as_u128))
}

/// The consumers that a kept answer shows.
pub(super) const SHOWN: Computed = Computed {
    columns: 1,
    from: ", t.body AS answer",
    of: |_, row, values| {
        let answer: Option<Vec<u8>> = row.get("answer")?;
        let answer = answer.unwrap_or_default();
        let shown: Vec<_> = consumers_in(&answer).map(|id| id.as_u128()).collect();
        values.push(if shown.is_empty() { Value::Null } else { Value::Ids(shown) });
        Ok(())
    },
};

/// How many participants of a distribution have each status.
pub(super) const COUNTS: Computed = Computed {
    columns: 1,
    from: "",
    of: |connection, row, values| {
        let counts = distribution::counts(connection, row.get("key")?)?;
        let count = |status: &ParticipantStatus| {
            let found = counts.iter().find(|(counted, _)| counted == status);
            found.map_or(0, |(_, count)| i64::from(*count))
        };
        values.push(Value::Ints(ParticipantStatus::ALL.iter().map(count).collect()));
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    #[test]
    fn a_job_goes_on_from_the_delivery_that_it_looked_at_last() {
        let connection = Connection::open_in_memory().unwrap();
        schema::migrate(&connection, Timestamp::from_millis(0)).unwrap();
        let delivery = |seq: i64, organization: i64| {
            let sql = "INSERT INTO deliveries VALUES (?1, 1, 1, ?2, 0, 0, ?3, 0, 0, 1, 0, x'')";
            connection.execute(sql, (seq, organization, 1_000 + seq)).unwrap();
        };
        for (seq, organization) in [(3, 1), (5, 1), (6, 2), (8, 1), (9, 2)] {
            delivery(seq, organization);
        }
        let id =
            |seq: i64| Value::Id(delivery_id(seq, Timestamp::from_millis(1_000 + seq)).as_u128());
        let event = 0x0198_0000_0000_7000_8000_0000_0000_0001_u128;
        let cases = [
            (5_i64.to_be_bytes().to_vec(), 8, [id(5), id(8)]),
            // The rows are gone, or another organization's.
            (7_i64.to_be_bytes().to_vec(), 9, [id(5), id(8)]),
            (2_i64.to_be_bytes().to_vec(), 2, [Value::Null, Value::Null]),
            // It has not begun; it is a replay.
            (Vec::new(), 3, [Value::Null, id(3)]),
            (event.to_be_bytes().to_vec(), 3, [Value::Id(event), id(3)]),
        ];
        for (position, last, expected) in cases {
            let mut values = Vec::new();
            let sql = "SELECT ?1 AS place, ?2 AS until, 1 AS whose";
            let mut select = connection.prepare(sql).unwrap();
            let mut rows = select.query((&position, last)).unwrap();
            (ITEMS.of)(&connection, rows.next().unwrap().unwrap(), &mut values).unwrap();
            assert_eq!(values, expected, "{position:?} {last}");
        }
    }
}
