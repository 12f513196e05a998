//! How the shop is doing.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use eventsource_core::{EventStore, RunState, Status};
use serde::Serialize;

use super::Shop;

#[derive(Serialize)]
pub(super) struct Health {
    healthy: bool,
    projections: Vec<ProjectionHealth>,
}

#[derive(Serialize)]
struct ProjectionHealth {
    name: String,
    version: u32,
    state: &'static str,
    position: String,
    head: String,
    lag: u64,
}

/// `GET /health`: 200 while all goes well, 503 when somebody has to look.
pub(super) async fn health(State(shop): State<Shop>) -> (StatusCode, Json<Health>) {
    let status = shop.running.status();
    let is_read = shop.store.head().await.is_ok();
    let health = Health {
        healthy: is_read && status.iter().all(is_healthy),
        projections: status.iter().map(ProjectionHealth::new).collect(),
    };
    let code = match health.healthy {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (code, Json(health))
}

fn is_healthy(status: &Status) -> bool {
    !matches!(status.state, RunState::Retrying(_) | RunState::Stopped(_))
}

impl ProjectionHealth {
    fn new(status: &Status) -> Self {
        let state = match status.state {
            RunState::Idle => "idle",
            RunState::Running => "running",
            RunState::Retrying(_) => "retrying",
            _ => "stopped",
        };
        Self {
            name: status.name.to_string(),
            version: status.version,
            state,
            position: status.position.to_string(),
            head: status.head.to_string(),
            lag: status.lag(),
        }
    }
}
