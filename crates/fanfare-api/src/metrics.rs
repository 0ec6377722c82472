//! Figures for `/metrics`, in the OpenMetrics text format.
//!
//! Requests are counted per route (its template, never the raw path, so that a client cannot
//! invent label values) with plain atomics: the hot path holds its route's counters and pays
//! three additions. What other parts of the process count comes in through [`MetricsSource`].

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{Method, StatusCode};
use parking_lot::RwLock;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::server::ConnectionFigures;

/// Upper bounds of the duration buckets, in microseconds.
const BUCKETS_US: [u64; 12] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 2_500_000, 10_000_000,
];

/// What a figure does over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureKind {
    /// Only grows; its name is given without `_total`.
    Counter,
    /// Goes up and down.
    Gauge,
}

/// One figure of another part of the process, read when somebody asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Its name: `fanfare_` and snake case, the unit last.
    pub name: &'static str,
    /// What it says, one sentence without a full stop.
    pub help: &'static str,
    /// What it does over time.
    pub kind: FigureKind,
    /// Its values: labels and number. One without labels for a plain figure.
    pub samples: Vec<(Vec<(&'static str, String)>, f64)>,
}

impl Figure {
    /// A figure without labels.
    pub fn plain(name: &'static str, help: &'static str, kind: FigureKind, value: f64) -> Self {
        Self { name, help, kind, samples: vec![(Vec::new(), value)] }
    }
}

/// Somebody who counts: the engine, the store. Implemented by the binary.
pub trait MetricsSource: Send + Sync + 'static {
    /// The figures now. Called once per scrape; must not block.
    fn figures(&self) -> Vec<Figure>;
}

impl MetricsSource for () {
    fn figures(&self) -> Vec<Figure> {
        Vec::new()
    }
}

/// The counters of one route.
#[derive(Debug, Default)]
pub(crate) struct RouteFigures {
    by_class: [AtomicU64; 5],
    buckets: [AtomicU64; BUCKETS_US.len() + 1],
    sum_us: AtomicU64,
}

impl RouteFigures {
    /// Counts one answered request.
    pub(crate) fn count(&self, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).clamp(1, 5) - 1;
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS_US.iter().position(|bound| us <= *bound).unwrap_or(BUCKETS_US.len());
        self.by_class[class].fetch_add(1, Ordering::Relaxed);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }
}

type Routes = BTreeMap<(&'static str, String), Arc<RouteFigures>>;

/// Everything `/metrics` shows.
pub struct Metrics {
    routes: Arc<RwLock<Routes>>,
    registry: Registry,
}

impl Metrics {
    /// Figures of this process: HTTP from here, connections from [`crate::serve_counted`], the
    /// rest from `source`.
    pub fn new(connections: Arc<ConnectionFigures>, source: Arc<dyn MetricsSource>) -> Self {
        let routes = Arc::new(RwLock::new(Routes::new()));
        let mut registry = Registry::default();
        registry.register_collector(Box::new(HttpCollector(Arc::clone(&routes))));
        registry.register_collector(Box::new(SourceCollector(Arc::new(connections))));
        registry.register_collector(Box::new(SourceCollector(source)));
        Self { routes, registry }
    }

    /// The counters of a route; `template` is `None` for requests that match no route.
    pub(crate) fn route(&self, method: &Method, template: Option<&str>) -> Arc<RouteFigures> {
        let method = method_label(method);
        let template = template.unwrap_or("unmatched");
        let template = match template.strip_prefix("/api/v1/") {
            Some(rest) => format!("/api/{rest}"),
            None => template.to_owned(),
        };
        let key = (method, template);
        if let Some(figures) = self.routes.read().get(&key) {
            return Arc::clone(figures);
        }
        Arc::clone(self.routes.write().entry(key).or_default())
    }

    /// The OpenMetrics text.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::with_capacity(16 * 1024);
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn method_label(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

impl MetricsSource for Arc<ConnectionFigures> {
    fn figures(&self) -> Vec<Figure> {
        vec![
            Figure::plain(
                "fanfare_http_connections_open",
                "Connections to our own API that are open",
                FigureKind::Gauge,
                self.open() as f64,
            ),
            Figure::plain(
                "fanfare_http_connections_accepted",
                "Connections to our own API that were accepted",
                FigureKind::Counter,
                self.accepted() as f64,
            ),
            Figure::plain(
                "fanfare_http_connections_turned_away",
                "Connections to our own API beyond a cap",
                FigureKind::Counter,
                self.turned_away() as f64,
            ),
        ]
    }
}

struct HttpCollector(Arc<RwLock<Routes>>);

impl std::fmt::Debug for HttpCollector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HttpCollector")
    }
}

impl Collector for HttpCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let routes = self.0.read();
        let mut requests = encoder.encode_descriptor(
            "fanfare_http_requests",
            "Requests answered by route and class of status",
            None,
            MetricType::Counter,
        )?;
        for ((method, route), figures) in routes.iter() {
            for (index, count) in figures.by_class.iter().enumerate() {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let class = ["1xx", "2xx", "3xx", "4xx", "5xx"][index];
                    let labels =
                        [("method", *method), ("route", route.as_str()), ("status", class)];
                    requests
                        .encode_family(&labels)?
                        .encode_counter::<NoLabelSet, u64, u64>(&count, None)?;
                }
            }
        }
        let mut durations = encoder.encode_descriptor(
            "fanfare_http_request_duration_seconds",
            "From the end of a request's head to the beginning of its response",
            None,
            MetricType::Histogram,
        )?;
        for ((method, route), figures) in routes.iter() {
            let (buckets, count) = buckets(&figures.buckets);
            let sum = figures.sum_us.load(Ordering::Relaxed) as f64 / 1e6;
            durations
                .encode_family(&[("method", *method), ("route", route.as_str())])?
                .encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        }
        Ok(())
    }
}

fn buckets(counts: &[AtomicU64]) -> (Vec<(f64, u64)>, u64) {
    let bounds = BUCKETS_US.iter().map(|us| *us as f64 / 1e6).chain([f64::INFINITY]);
    let buckets: Vec<_> =
        bounds.zip(counts.iter().map(|count| count.load(Ordering::Relaxed))).collect();
    let total = buckets.iter().map(|(_, count)| count).sum();
    (buckets, total)
}

struct SourceCollector(Arc<dyn MetricsSource>);

impl std::fmt::Debug for SourceCollector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SourceCollector")
    }
}

impl Collector for SourceCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        for figure in self.0.figures() {
            let kind = match figure.kind {
                FigureKind::Counter => MetricType::Counter,
                FigureKind::Gauge => MetricType::Gauge,
            };
            let mut metric = encoder.encode_descriptor(figure.name, figure.help, None, kind)?;
            for (labels, value) in &figure.samples {
                let labels: Vec<_> =
                    labels.iter().map(|(name, value)| (*name, value.as_str())).collect();
                if labels.is_empty() {
                    encode(&mut metric, figure.kind, *value)?;
                } else {
                    encode(&mut metric.encode_family(&labels)?, figure.kind, *value)?;
                }
            }
        }
        Ok(())
    }
}

fn encode(
    metric: &mut MetricEncoder<'_>,
    kind: FigureKind,
    value: f64,
) -> Result<(), std::fmt::Error> {
    match kind {
        FigureKind::Counter => metric.encode_counter::<NoLabelSet, f64, u64>(&value, None),
        FigureKind::Gauge => metric.encode_gauge(&value),
    }
}
