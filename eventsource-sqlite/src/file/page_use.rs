//! Whether every page of the file is one of a table, of an index, or free.

use rusqlite::Connection;

use crate::fault::{RESTORE, SqliteFault};

/// SQLite keeps locks at this place of a file of that size, and nothing else on this page.
const LOCKS: u64 = 0x4000_0000;
const USED: &str = "SELECT coalesce(sum(pageno), 0) FROM dbstat WHERE aggregate = TRUE";

/// Refuses a file in which pages belong to nothing, as those of a table do whose first page is that
/// of another. `PRAGMA integrity_check` looks for them, and at the list of free pages, only where no
/// view comes first in its own order of what there is.
pub(crate) fn check(connection: &Connection) -> Result<(), SqliteFault> {
    let report: String =
        connection.query_row("PRAGMA integrity_check(sqlite_schema)", [], |row| {
            row.get(0)
        })?;
    if report != "ok" {
        return Err(SqliteFault::corrupt(format!("{report}; {RESTORE}")));
    }
    let pragma = |name: &str| {
        connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, u64>(0))
    };
    // A file that shrinks by itself has pages that say where the others belong.
    if pragma("auto_vacuum")? != 0 {
        return Ok(());
    }
    let (pages, free, size) = (
        pragma("page_count")?,
        pragma("freelist_count")?,
        pragma("page_size")?,
    );
    let used: u64 = connection.query_row(USED, [], |row| row.get(0))?;
    let locks = u64::from(pages > LOCKS / size);
    if used + free + locks == pages {
        return Ok(());
    }
    Err(SqliteFault::corrupt(format!(
        "the file is damaged: it has {pages} pages, of which {used} are used and {free} are free; {RESTORE}"
    )))
}
