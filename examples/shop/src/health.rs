//! The health of the shop.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use eventsource_core::read_model::RunState;
use eventsource_core::{EventLog, Health, Status};
use serde::Serialize;

use super::Shop;

#[derive(Serialize)]
pub(super) struct ShopHealth {
    healthy: bool,
    store: &'static str,
    projections: Vec<RunHealth>,
}

/// The progress of a projection or a reactor.
#[derive(PartialEq, Serialize)]
pub(super) struct RunHealth {
    name: String,
    state: &'static str,
    position: String,
    head: String,
    lag: u64,
    /// The number of keys that wait behind a failed event.
    parked: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

/// `GET /health`: 200 while the shop is healthy, 503 when an operator has to act.
pub(super) async fn health(State(shop): State<Shop>) -> (StatusCode, Json<ShopHealth>) {
    let readable = shop.store.head().await.is_ok();
    let healthy = readable && !matches!(shop.running.health(), Health::Failing(_));
    let code = if healthy {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let status = shop.running.status();
    let health = ShopHealth {
        healthy,
        store: if readable { "readable" } else { "unreadable" },
        projections: status.iter().map(RunHealth::new).collect(),
    };
    (code, Json(health))
}

impl RunHealth {
    pub(super) fn new(status: &Status) -> Self {
        let state = match status.state {
            RunState::Idle => "idle",
            RunState::Running => "running",
            RunState::Retrying(_) => "retrying",
            RunState::Stopped(_) => "stopped",
            RunState::Standby => "standby",
            _ => "unknown",
        };
        let trouble = match status.health() {
            Health::Degraded(reason) | Health::Failing(reason) => Some(reason),
            _ => None,
        };
        Self {
            name: status.id.name.to_string(),
            state,
            position: status.position.to_string(),
            head: status.head.to_string(),
            lag: status.lag(),
            parked: status.parked,
            trouble,
        }
    }
}
