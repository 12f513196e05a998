//! The table of the tenants and categories that streams are of.

use rusqlite::types::FromSqlError;
use rusqlite::{OptionalExtension, Row, params};

use crate::fault::{RESTORE, SqliteFault};
use crate::file::checksum::{length, sum};
use crate::file::connection::Connection;
use crate::file::interned::Category;

const AT: &str =
    "SELECT category, tenant, name, checksum FROM stream_categories WHERE category = ?1";
const ALL: &str = "SELECT category, tenant, name, checksum FROM stream_categories";
const FIND: &str = "SELECT category FROM stream_categories WHERE tenant = ?1 AND name = ?2";
/// The number of the last category, and of the last one that has streams; and where there are few
/// categories, which are counted in no time, how many rows and how many entries of the index there are.
/// It is one statement, so that all four are of one moment also outside of a transaction.
const NUMBERS: &str = "SELECT last, used,
    CASE WHEN last > 1000 THEN last ELSE
        (SELECT count(*) FROM stream_categories NOT INDEXED) END,
    CASE WHEN last > 1000 THEN last ELSE
        (SELECT count(*) FROM stream_categories INDEXED BY sqlite_autoindex_stream_categories_1) END
    FROM (SELECT (SELECT coalesce(max(category), 0) FROM stream_categories) AS last,
        (SELECT coalesce(max(category), 0) FROM streams) AS used)";
const NEXT: &str = "SELECT coalesce(max(category), 0) + 1 FROM stream_categories";
const ADD: &str = "INSERT INTO stream_categories (category, tenant, name, checksum)
    VALUES (?1, ?2, ?3, ?4)";

/// The number of a category of a tenant, if a stream is of it.
pub(crate) fn find(
    connection: &Connection,
    tenant: &str,
    name: &str,
) -> Result<Option<i64>, SqliteFault> {
    if let Some(known) = connection.categories.borrow().number(tenant, name) {
        return Ok(Some(known));
    }
    let mut find = connection.prepare_cached(FIND)?;
    let found = find
        .query_row([tenant, name], |row| row.get(0))
        .optional()?;
    let Some(number) = found else {
        check_numbers(connection)?;
        return Ok(None);
    };
    let category = at(connection, number)?;
    if (&*category.tenant, &*category.name) != (tenant, name) {
        return Err(damaged(number, &"its index has it under another name"));
    }
    Ok(Some(number))
}

/// Refuses to take a category for one that is not there where its row or its entry in the index may
/// be lost: each of its streams would begin a second time. Where there are many categories, as of
/// many tenants, only the last one is looked for.
fn check_numbers(connection: &Connection) -> Result<(), SqliteFault> {
    let mut numbers = connection.prepare_cached(NUMBERS)?;
    let (last, used, rows, entries): (u64, u64, u64, u64) =
        numbers.query_row([], |row| row.try_into())?;
    if used <= last && (rows, entries) == (last, last) {
        return Ok(());
    }
    Err(SqliteFault::corrupt(format!(
        "the file is damaged: a category of streams is missing, or its index lacks it; {RESTORE}"
    )))
}

/// The tenant and the name of the category with this number.
pub(crate) fn at(connection: &Connection, number: i64) -> Result<Category, SqliteFault> {
    if let Some(known) = connection.categories.borrow().at(number) {
        return Ok(known.clone());
    }
    let mut at = connection.prepare_cached(AT)?;
    let mut rows = at.query([number])?;
    let missing = || SqliteFault::corrupt(format!("streams have no category {number}; {RESTORE}"));
    let (_, found) = read(rows.next()?.ok_or_else(missing)?)?;
    connection
        .categories
        .borrow_mut()
        .put(number, found.clone());
    Ok(found)
}

/// The number of a category, in a transaction that may write, which adds it if it is new.
pub(crate) fn number_of(
    connection: &Connection,
    tenant: &str,
    name: &str,
) -> Result<i64, SqliteFault> {
    if let Some(known) = find(connection, tenant, name)? {
        return Ok(known);
    }
    let number = add(connection, tenant, name)?;
    let (tenant, name) = (tenant.to_owned(), name.to_owned());
    let added = Category { tenant, name };
    connection.categories.borrow_mut().put(number, added);
    Ok(number)
}

/// Adds a category that is not there, and tells its number.
pub(crate) fn add(
    connection: &rusqlite::Connection,
    tenant: &str,
    name: &str,
) -> Result<i64, SqliteFault> {
    let mut next = connection.prepare_cached(NEXT)?;
    let number = next.query_row([], |row| row.get(0))?;
    let checksum = of_category(number, tenant, name);
    let mut add = connection.prepare_cached(ADD)?;
    add.execute(params![number, tenant, name, checksum])?;
    Ok(number)
}

/// Compares every row with its checksum.
pub(crate) fn check_all(connection: &Connection) -> Result<(), SqliteFault> {
    let mut all = connection.prepare(ALL)?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        read(row)?;
    }
    Ok(())
}

/// Reads the row, if it is as it was written.
fn read(row: &Row<'_>) -> Result<(i64, Category), SqliteFault> {
    let number = row.get(0)?;
    let (category, checksum) = columns(row).map_err(|error| damaged(number, &error))?;
    if checksum == i64::from(of_category(number, &category.tenant, &category.name)) {
        Ok((number, category))
    } else {
        Err(damaged(number, &"it does not match its checksum"))
    }
}

fn columns(row: &Row<'_>) -> Result<(Category, i64), FromSqlError> {
    let text = |index| Ok::<_, FromSqlError>(row.get_ref_unwrap(index).as_str()?.to_owned());
    let category = Category {
        tenant: text(1)?,
        name: text(2)?,
    };
    Ok((category, row.get_ref_unwrap(3).as_i64()?))
}

fn damaged(number: i64, why: &dyn std::fmt::Display) -> SqliteFault {
    SqliteFault::corrupt(format!(
        "category number {number} of streams is damaged: {why}; {RESTORE}"
    ))
}

/// The CRC-32 of all other columns of the row.
pub(crate) fn of_category(number: i64, tenant: &str, name: &str) -> u32 {
    let texts = [tenant.as_bytes(), name.as_bytes()];
    sum([number.cast_unsigned(), length(tenant.as_bytes())], texts)
}
