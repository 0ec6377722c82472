//! Integration tests of the model, one binary.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod catalogue_agreement;
mod catalogue_data;
mod catalogue_golden;
mod catalogue_names;
mod catalogue_validate;
mod launch_machine;
mod strict_json;
