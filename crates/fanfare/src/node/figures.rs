//! What `/metrics` shows beside the API's own figures: the engine's, and what waits in the store.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fanfare_api::{Figure, FigureKind, MetricsSource};
use fanfare_delivery::Engine;
use fanfare_inbound::{Inbound, InboundFigure};
use fanfare_model::Clock;
use fanfare_model::inbound::Provider;
use fanfare_store::{Backlog, Store};
use tokio_util::sync::CancellationToken;

/// How often the store is asked. A scrape shows what it said last.
const ASK_EVERY: Duration = Duration::from_secs(5);

/// Figures of a node.
pub(crate) struct NodeFigures {
    engine: Arc<Engine>,
    inbound: Inbound,
    /// What waits, and for how long the oldest due delivery has.
    backlog: Mutex<(Backlog, Duration)>,
}

impl NodeFigures {
    /// Figures of this engine; the store is only asked by [`NodeFigures::keep`].
    pub(crate) fn new(engine: Arc<Engine>, inbound: Inbound) -> Arc<Self> {
        Arc::new(Self { engine, inbound, backlog: Mutex::default() })
    }

    /// Asks the store now and then, until `stop`.
    pub(crate) async fn keep(
        self: Arc<Self>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) {
        loop {
            let now = clock.now();
            match store.backlog(now).await {
                Ok(backlog) => {
                    let late = backlog.oldest_due.map_or(Duration::ZERO, |due| now.since(due));
                    *self.backlog.lock().unwrap_or_else(PoisonError::into_inner) = (backlog, late);
                }
                Err(error) => tracing::debug!(%error, "the store did not tell what waits"),
            }
            if stop.run_until_cancelled(tokio::time::sleep(ASK_EVERY)).await.is_none() {
                return;
            }
        }
    }
}

fn sample(figure: InboundFigure) -> (Vec<(&'static str, String)>, f64) {
    let provider = figure.provider.map_or("unknown", Provider::as_str);
    let labels = vec![("provider", provider.to_owned()), ("outcome", figure.outcome.to_owned())];
    (labels, figure.count as f64)
}

impl MetricsSource for NodeFigures {
    fn figures(&self) -> Vec<Figure> {
        use FigureKind::{Counter, Gauge};
        let (backlog, late) = *self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        let engine = self.engine.figures();
        let attempts = Figure {
            name: "fanfare_attempts",
            help: "Attempts by how they ended",
            kind: Counter,
            samples: [
                ("delivered", engine.delivered),
                ("failed", engine.failed),
                ("refused", engine.refused),
            ]
            .map(|(outcome, count)| (vec![("outcome", outcome.to_owned())], count as f64))
            .to_vec(),
        };
        let inbound = Figure {
            name: "fanfare_inbound",
            help: "Requests of providers, and messages handled, by what they came to",
            kind: Counter,
            samples: self.inbound.figures().into_iter().map(sample).collect(),
        };
        let build = Figure {
            name: "fanfare_build",
            help: "The version that runs; always 1",
            kind: Gauge,
            samples: vec![(vec![("version", env!("CARGO_PKG_VERSION").to_owned())], 1.0)],
        };
        let plain = [
            ("fanfare_deliveries_exhausted", "Deliveries given up", Counter, engine.exhausted),
            ("fanfare_leases_lost", "Results whose lease was lost", Counter, engine.leases_lost),
            ("fanfare_deliveries_released", "Deliveries given back", Counter, engine.released),
            ("fanfare_connections", "Connections opened to receivers", Counter, engine.connections),
            ("fanfare_requests_in_flight", "Requests to receivers now", Gauge, engine.in_flight),
            ("fanfare_deliveries_held", "Deliveries held in memory", Gauge, engine.held),
            ("fanfare_held_bytes", "Bytes of bodies held in memory", Gauge, engine.held_bytes),
            ("fanfare_lanes", "Webhooks with a lane in memory", Gauge, engine.lanes),
            (
                "fanfare_deliveries_waiting",
                "Deliveries waiting in the store",
                Gauge,
                backlog.waiting,
            ),
        ];
        let plain =
            plain.map(|(name, help, kind, value)| Figure::plain(name, help, kind, value as f64));
        let oldest = Figure::plain(
            "fanfare_oldest_due_seconds",
            "How long the oldest due delivery in the store has waited",
            Gauge,
            late.as_secs_f64(),
        );
        [attempts, inbound, build, oldest].into_iter().chain(plain).collect()
    }
}
