//! The event catalogue: the one place that says what can happen and what is told about it.
//!
//! Sixteen [`EventType`]s, the sets and selections made of them, and for each type the table of
//! the fields of its `data`. From that table come the check of published events
//! ([`validate()`]), the JSON Schemas ([`json_schema`]) and the examples ([`example_data`],
//! [`example_envelope`]), so that the API, the docs, the dashboard, the command line and the
//! tests cannot say different things.
//!
//! Left out on purpose, and by a test: verification codes, admission grants and tokens, geo
//! data, access codes. What is not in a table is refused, so that none of it can slip into an
//! event's body.

mod class;
mod event_type;
mod event_types;
mod example;
mod field;
mod fits;
mod schema;
mod selection;
pub(crate) mod suggest;
mod tables;
mod validate;

pub use class::EventClass;
pub use event_type::{Category, EventType, ParseEventTypeError};
pub use event_types::EventTypes;
pub use example::{example_data, example_envelope};
pub use field::{Example, Field, Kind};
pub use schema::json_schema;
pub use selection::{EventSelection, SelectionError};
pub use validate::{MAX_VIOLATIONS, Violation, validate};
