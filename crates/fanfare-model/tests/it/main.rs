//! Integration tests of the model, one binary.

mod catalogue_names;
mod strict_json;
