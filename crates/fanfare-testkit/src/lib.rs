//! Dev only: manual clock, seeded randomness, builders, a receiver that misbehaves on demand.
