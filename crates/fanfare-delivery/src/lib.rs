//! The delivery engine: from a leased delivery to a recorded attempt.
//!
//! ```text
//! accept, in memory ─┐
//!                    ├─► lanes ─► slot: sign, send ─► outcome ─► recorder ─► store
//! claim, from store ─┘   (fair)   (one connection)               (batches)
//! ```
//!
//! **Promises.** A delivery is attempted only under a live lease, at most once per attempt
//! number while nothing crashes. Every attempt that was made is recorded, or its lease is given
//! back; a store that is away for a while costs waiting, not results. One webhook never has
//! more requests in flight than it allows, nor more per second. A slow or hanging receiver
//! occupies its own places only. What is held in memory is bounded ([`EngineOptions`]); beyond
//! that deliveries wait in the store. On [`Engine::drain`] requests in flight finish or are
//! given back without costing an attempt.
//!
//! **Takes** deliveries through [`fanfare_store::Handover`] and claims, the current
//! configuration of webhooks, time and randomness. **Gives** records to the store and figures
//! to whoever asks. **Leaves out** accepting events, matching, jobs and retention (the store
//! and `fanfare-app`), and every rule that needs no I/O (`fanfare-model`).

mod attempt;
mod claimer;
mod dispatch;
mod engine;
mod figures;
mod handover;
mod lanes;
mod options;
mod pace;
mod prepared;
mod recorder;
mod room;
mod slot;

pub use engine::Engine;
pub use figures::EngineFigures;
pub use options::EngineOptions;
