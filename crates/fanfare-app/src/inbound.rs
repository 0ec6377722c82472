//! What providers tell us: connections, what came in through them, and what it does.
//!
//! **Promises.** A message is stored once and then handled from the store until it is handled or
//! kept as failed with the reason. Handling may happen more than once (a node dies before it says
//! that it was done), so every [`Effect`] is judged by where a thing stands: an order is paid on the
//! move from `created` to `paid` and never again, and nothing goes back because messages came out of
//! order. What failed is handled again when somebody asks.
//!
//! Requests prove themselves by their signature, not by a key: the use cases of the front end that
//! checked it take no [`crate::Caller`]. Those for people do, as all others.
//!
//! **Leaves out** how providers sign and what their messages look like: `fanfare-inbound` translates
//! them into effects.

mod connections;
mod effects;
mod messages;
mod payments;
mod reach;
mod tallies;

pub use connections::{
    ConnectionFigures, ConnectionView, CreatedConnection, Listening, NewConnection,
    RotateConnection, Verification,
};
pub use effects::{Address, Effect, Mark, OrderChange, OrderName, Paid};
pub use messages::{Done, Received, Taken, TakenIn};
pub(crate) use tallies::Tallies;
