//! A store that is open.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::Position;
use eventsource_core::engine::inline::InlineRules;
use eventsource_core::store::CommitTime;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::Environment;
use rusqlite::Connection;

use crate::execution::Execution;
use crate::fault::SqliteFault;
use crate::file::connection::{self, make_durable};
use crate::file::open::{
    connect, explain_content, make_names_durable, refuse_log, refuse_missing, refuse_unfit,
};
use crate::file::open_file::OpenFile;
use crate::file::shared::Shared;
use crate::file::write_lock::WriteLock;
use crate::file::{partial_copy, schema, single_name};
use crate::read::pool::Readers;
use crate::tables::head::head;
use crate::watcher::Watcher;
use crate::writer::Writer;
use crate::writer::write_connection::WriteConnection;

/// The parts that the handles of a store share.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) environment: Arc<dyn Environment>,
    /// By how much a stream may be ahead of the clock of an append.
    pub(crate) max_clock_lead: Duration,
    pub(crate) shared: Arc<Shared>,
    pub(crate) writer: Writer,
    pub(crate) readers: Readers,
    pub(crate) watcher: Watcher,
}

/// The settings of a store that is written to.
#[derive(Debug)]
pub(crate) struct OpenOptions {
    pub(crate) rules: InlineRules,
    pub(crate) max_clock_lead: Duration,
    pub(crate) environment: Arc<dyn Environment>,
    pub(crate) execution: Execution,
}

/// Opens the store in this file, or creates it.
pub(crate) async fn open(path: &Path, options: OpenOptions) -> Result<Opened, SqliteFault> {
    refuse_unfit(path)?;
    single_name::check(path)?;
    let file = OpenFile::enter(path)?;
    let mut connection = connect(path)?;
    schema::check(&mut connection)?;
    make_durable(&connection)?;
    make_names_durable(path)?;
    let files = file.hold(path)?;
    // Or the log stays where opening fails.
    let release = |_: &SqliteFault| file.release_if_last();
    let write_lock = WriteLock::open(path).inspect_err(release)?;
    let write_lock = write_lock.with_execution(&options.execution);
    schema::migrate(
        &mut connection,
        &write_lock,
        &*options.environment,
        crate::models::move_rows,
    )
    .await
    .inspect_err(release)?;
    let of_store = id_and_head(&connection).inspect_err(release)?;
    let (shared, ending) = Shared::new(path.to_owned(), files, of_store, options.execution);
    let readers = Readers::new(Arc::clone(&shared));
    readers.open_spare().inspect_err(release)?;
    let watcher = Watcher::new(Arc::clone(&shared));
    let connection = WriteConnection::new(connection, write_lock, Some(file))?;
    let writer = Writer::start(connection, options.rules, Arc::clone(&shared), ending)?;
    partial_copy::remove_abandoned_beside(path);
    Ok(Opened {
        environment: options.environment,
        max_clock_lead: options.max_clock_lead,
        shared,
        writer,
        readers,
        watcher,
    })
}

/// Opens a store that nothing is written to, neither here nor elsewhere.
pub(crate) fn open_read_only(
    path: &Path,
    environment: Arc<dyn Environment>,
    execution: Execution,
) -> Result<Opened, SqliteFault> {
    refuse_unfit(path)?;
    refuse_missing(path)?;
    refuse_log(path)?;
    let mut connection = connection::read_only(path)?;
    schema::check_current(&mut connection).map_err(explain_content)?;
    let of_store = id_and_head(&connection)?;
    let (shared, ending) = Shared::read_only(path.to_owned(), of_store, execution);
    let readers = Readers::new(Arc::clone(&shared));
    let watcher = Watcher::new(Arc::clone(&shared));
    let connection = WriteConnection::new(connection, WriteLock::none(), None)?;
    let writer = Writer::start(
        connection,
        InlineRules::default(),
        Arc::clone(&shared),
        ending,
    )?;
    Ok(Opened {
        environment,
        max_clock_lead: CommitTime::MAX_CLOCK_LEAD,
        shared,
        writer,
        readers,
        watcher,
    })
}

pub(crate) fn id_and_head(connection: &Connection) -> Result<(Uuid, Position), SqliteFault> {
    Ok((
        crate::file::store_id::store_id(connection)?,
        head(connection)?,
    ))
}
