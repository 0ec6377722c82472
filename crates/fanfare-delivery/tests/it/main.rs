//! The engine on a real embedded store, with a receiver that misbehaves on demand and a clock
//! that tests move.

mod capacity;
mod lifecycle;
mod rig;
mod schedule;
mod wire;
mod zoo;
