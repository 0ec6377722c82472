//! The only way out to customer-given URLs.
