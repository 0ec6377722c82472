//! The engine: lanes, attempts, records, rescue, retention.
