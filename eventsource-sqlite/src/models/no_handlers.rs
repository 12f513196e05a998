//! A store that is built without the feature `handlers`.

use rusqlite::Connection;

use eventsource_core::Horizon;

use crate::failure::Failure;
use crate::fault::SqliteFault;
use crate::file::write_lock::WriteGuard;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The guard of a connection on which no handler works.
#[derive(Debug)]
pub(crate) struct Authorizer;

impl Authorizer {
    #[expect(clippy::unnecessary_wraps, reason = "with the feature it may fail")]
    pub(crate) fn set(_: &mut Connection) -> Result<Self, SqliteFault> {
        Ok(Self)
    }
}

/// The job of a handler, of which there is none.
#[derive(Debug)]
pub(crate) enum Job {}

impl Job {
    pub(crate) fn events(&self) -> usize {
        match *self {}
    }

    pub(crate) fn has_begun(&self) -> bool {
        match *self {}
    }

    pub(crate) fn record_progress(&self, _: usize) {
        match *self {}
    }

    pub(crate) fn interrupted_at(&self, _: usize) -> Option<Horizon> {
        match *self {}
    }

    pub(crate) fn run(
        &self,
        _: &Connection,
        _: (&Authorizer, &WriteGuard<'_>),
        _: bool,
    ) -> Result<usize, Failure<BoxError>> {
        match *self {}
    }
}
