//! Webhooks that come in: Stripe, Twilio, Resend.
//!
//! ```text
//! POST /api/integrations/{provider}/webhooks/{connection}
//!   → rate of the address → connection → size, type → signature → name and type
//!   → ONE transaction: stored once → 200            (refused: counted, nothing stored)
//! the loop: claimed from the store → effects → use cases of fanfare-app → ended with a note
//! ```
//!
//! **Promises.** Nothing of a body is believed or stored before its signature was checked with a
//! secret of the connection; a connection without one refuses everything. `200` is answered after
//! the message is on disk; a duplicate is `200` and does nothing again. What does not verify is told
//! no more than that. Requests are bounded in size, in number for each address, and in depth.
//!
//! **Takes** the use cases ([`fanfare_app::App`]). **Gives** [`Inbound`]: a router to be served
//! beside the API, the loop that handles what was stored, and figures. [`verify`] and [`read`] are
//! pure.
//!
//! **Leaves out** what an effect does to an order, a consumer or a plan: that is a use case.

mod fetched;
mod figures;
mod handle;
mod rate;
pub mod read;
mod receive;
pub mod verify;

use std::sync::Arc;

use fanfare_app::App;
use fanfare_model::Clock;

pub use figures::InboundFigure;
pub use rate::InboundRate;

use figures::Figures;
use rate::Limiter;

/// What comes in from providers. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Inbound {
    shared: Arc<Shared>,
}

struct Shared {
    app: App,
    clock: Arc<dyn Clock>,
    limiter: Limiter,
    figures: Figures,
}

impl Inbound {
    /// Over these use cases. Starts nothing.
    pub fn new(app: App, clock: Arc<dyn Clock>, rate: InboundRate) -> Self {
        let limiter = Limiter::new(rate);
        Self { shared: Arc::new(Shared { app, clock, limiter, figures: Figures::default() }) }
    }

    /// What requests and messages came to since the start.
    pub fn figures(&self) -> Vec<InboundFigure> {
        self.shared.figures.all()
    }
}

impl std::fmt::Debug for Inbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbound").finish_non_exhaustive()
    }
}
