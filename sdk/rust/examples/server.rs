//! A receiver with axum:
//! `FANFARE_WEBHOOK_SECRET=whsec_… PORT=3000 cargo run --example server`
//!
//! Answers 200 to what verifies, once for each event, and 400 with the reason to anything else.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use fanfare_webhooks::{verify, Data, Event, Options};
use serde_json::{json, Value};

struct Receiver {
    /// Several during a rotation.
    secrets: Vec<String>,
    /// Deliveries come at least once. A real receiver keeps the ids in its database, in the same
    /// transaction as what it does with the event.
    seen: Mutex<HashSet<String>>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let secrets = variable("FANFARE_WEBHOOK_SECRET").split(',').map(str::to_owned).collect();
    let port = variable("PORT").parse().unwrap_or(3000);
    let receiver = Arc::new(Receiver { secrets, seen: Mutex::default() });
    let app = Router::new().route("/webhooks", post(receive)).with_state(receiver);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, app).await
}

// The raw body: it is verified before it is parsed.
async fn receive(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let event = match verify(&body, &headers, &receiver.secrets, &Options::default()) {
        Ok(event) => event,
        Err(error) => {
            eprintln!("refused: {error}");
            let hint = error.hint.map(|hint| hint.as_str());
            let said = json!({"error": error.reason.as_str(), "hint": hint});
            return (StatusCode::BAD_REQUEST, Json(said));
        }
    };
    let mut seen = receiver.seen.lock().unwrap_or_else(PoisonError::into_inner);
    let duplicate = !seen.insert(event.id.clone());
    if !duplicate {
        handle(&event);
    }
    (StatusCode::OK, Json(json!({"received": event.id, "duplicate": duplicate})))
}

fn handle(event: &Event) {
    match &event.data {
        Data::OrderPaid(order) => {
            println!("order {} is paid: {}", order.order_id, order.total_amount);
        }
        Data::DistributionWinnerSelected(winner) => println!("{} has won", winner.consumer_id),
        // Also the types that come with later versions.
        _ => println!("{}: nothing to do", event.kind),
    }
}
