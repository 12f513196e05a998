//! Values of the columns of the table of models.

use eventsource_core::read_model::{Place, RunState};

use crate::fault::{Fault, RESTORE};

pub(crate) fn place_to_sql(place: Place) -> &'static str {
    match place {
        Place::Main => "main",
        Place::Beside => "beside",
    }
}

pub(crate) fn place(text: &str) -> Result<Place, Fault> {
    match text {
        "main" => Ok(Place::Main),
        "beside" => Ok(Place::Beside),
        _ => Err(unknown("place", text)),
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

pub(crate) fn state(text: &str, error: Option<String>) -> Result<RunState, Fault> {
    let error = error.unwrap_or_default();
    match text {
        "idle" => Ok(RunState::Idle),
        "running" => Ok(RunState::Running),
        "retrying" => Ok(RunState::Retrying(error)),
        "stopped" => Ok(RunState::Stopped(error)),
        _ => Err(unknown("state", text)),
    }
}

pub(crate) fn unknown(what: &str, text: &str) -> Fault {
    Fault::corrupt(format!("a model is in the {what} `{text}`; {RESTORE}"))
}
