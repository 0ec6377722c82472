//! The storage contract by role, and the conformance suite every backend passes.
