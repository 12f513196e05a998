//! Values of the columns of the table of models.

use eventsource_core::engine::models::InlineState;
use eventsource_core::read_model::{Generation, ModelId, ModelKind, RunState};

use crate::fault::{RESTORE, SqliteFault};

pub(crate) fn generation_to_sql(generation: Generation) -> &'static str {
    match generation {
        Generation::Serving => "serving",
        Generation::Rebuilding => "rebuilding",
    }
}

pub(crate) fn generation(text: &str) -> Result<Generation, SqliteFault> {
    match text {
        "serving" => Ok(Generation::Serving),
        "rebuilding" => Ok(Generation::Rebuilding),
        _ => Err(unknown("generation", text)),
    }
}

/// The columns `version` and `kind`. A reactor has no version, and 1 stands there.
pub(crate) fn kind_to_sql(kind: ModelKind) -> (u32, &'static str) {
    match kind {
        ModelKind::Reactor => (1, "reactor"),
        ModelKind::Projection(version) => (version, "projection"),
    }
}

pub(crate) fn model_id(name: &str, version: u32, kind: &str) -> Result<ModelId, SqliteFault> {
    match kind {
        "reactor" => Ok(ModelId::reactor(name.to_owned())),
        "projection" => Ok(ModelId::projection(name.to_owned(), version)),
        _ => Err(unknown("kind", kind)),
    }
}

pub(crate) fn state_to_sql(state: &RunState) -> (&'static str, Option<&str>) {
    match state {
        RunState::Running => ("running", None),
        RunState::Retrying(error) => ("retrying", Some(error)),
        RunState::Stopped(error) => ("stopped", Some(error)),
        _ => ("idle", None),
    }
}

pub(crate) fn state(text: &str, error: Option<String>) -> Result<RunState, SqliteFault> {
    let error = error.unwrap_or_default();
    match text {
        "idle" => Ok(RunState::Idle),
        "running" => Ok(RunState::Running),
        "retrying" => Ok(RunState::Retrying(error)),
        "stopped" => Ok(RunState::Stopped(error)),
        _ => Err(unknown("state", text)),
    }
}

pub(crate) fn inline_to_sql(state: InlineState) -> &'static str {
    match state {
        InlineState::Building => "building",
        InlineState::Registered => "registered",
        InlineState::Replaced => "replaced",
    }
}

pub(crate) fn inline(text: &str) -> Result<InlineState, SqliteFault> {
    match text {
        "building" => Ok(InlineState::Building),
        "registered" => Ok(InlineState::Registered),
        "replaced" => Ok(InlineState::Replaced),
        _ => Err(unknown("inline state", text)),
    }
}

pub(crate) fn unknown(what: &str, text: &str) -> SqliteFault {
    SqliteFault::corrupt(format!("a model is in the {what} `{text}`; {RESTORE}"))
}
