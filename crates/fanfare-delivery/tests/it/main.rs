//! The engine on a real embedded store, with a receiver that misbehaves on demand and a clock
//! that tests move.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod capacity;
mod lifecycle;
mod rig;
mod schedule;
mod wire;
mod zoo;
