//! The strict reader of JSON for request bodies.
