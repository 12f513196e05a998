//! A lease, as the table of models has it.

use std::time::Duration;

use eventsource_core::read_model::Lease;
use rusqlite::Row;

use crate::fault::SqliteFault;

/// The columns `owner`, `heartbeat` and `ttl`, from this one on.
pub(crate) fn read(row: &Row<'_>, first: usize, epoch: u64) -> Result<Option<Lease>, SqliteFault> {
    if row.get_ref(first)?.as_str_or_null()?.is_none() {
        return Ok(None);
    }
    let ttl = Duration::from_micros(row.get(first + 2)?);
    let mut lease = Lease::new(crate::file::columns::uuid(row, first)?, epoch, ttl);
    lease.heartbeat = row.get(first + 1)?;
    Ok(Some(lease))
}

/// The values of these columns.
pub(crate) fn to_sql(lease: Option<&Lease>) -> (Option<String>, u64, i64) {
    let Some(Lease {
        owner,
        heartbeat,
        ttl,
        ..
    }) = lease
    else {
        return (None, 0, 0);
    };
    let ttl = i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX);
    (Some(owner.to_string()), *heartbeat, ttl)
}
