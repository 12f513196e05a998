//! One step of a model in the writer's transaction.

use eventsource_core::ReadModelError;
use rusqlite::Connection;

use super::guard::Guard;
use super::request::{Answer, Step, Told};
use super::{catalogue, claim, remove, switch, write};
use crate::fault::{Answered, Fault};

/// Takes a step. One that is refused leaves nothing behind, and does not hurt its neighbours.
pub(crate) fn apply(connection: &Connection, guard: &Guard, step: &Step) -> Result<Answer, Fault> {
    if !step.may_be_undone() {
        return decide(connection, guard, step);
    }
    run(connection, "SAVEPOINT step")?;
    let answer = decide(connection, guard, step)?;
    if answer.is_err() {
        run(connection, "ROLLBACK TO step")?;
    }
    run(connection, "RELEASE step")?;
    Ok(answer)
}

fn decide(connection: &Connection, guard: &Guard, step: &Step) -> Answered<Told, ReadModelError> {
    Ok(match step {
        Step::Claim(model, place, source) => {
            claim::claim(connection, model, *place, *source)?.map(Told::Claimed)
        }
        Step::Write(change) => write::write(connection, guard, change)?.map(Told::Written),
        Step::Switch(model, at) => switch::switch(connection, model, *at)?.map(Told::Switched),
        Step::Report(model, place, epoch, state) => {
            catalogue::report(connection, model, *place, *epoch, state)?;
            Ok(Told::Reported)
        }
        Step::RemoveOlder(model) => remove::remove_older(connection, model)?.map(Told::Removed),
    })
}

fn run(connection: &Connection, sql: &str) -> Result<(), Fault> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}
