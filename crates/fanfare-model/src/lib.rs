//! Pure domain: ids, event catalogue, envelope, state machines, schedule, outcomes, limits, clock.
