//! The embedded store: the conformance suite, and what only it promises.

mod conformance;
mod support;
