//! Names and keys of read models that a database would cut or refuse.

use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimError, ClaimOutcome, Generation, Model, Rows, Select, Table, Write,
    WriteError,
};
use eventsource_core::store::BoxFuture;
use eventsource_core::{Key, MemoryReadModels, ReadModelError, ReadModelStore};

use crate::faulty_models::ModelsFault;
use crate::verdict::models_fail;

type Answer<'a, T, E> = BoxFuture<'a, Result<T, E>>;

/// Names are cut at what fits, as a database cuts them at 63 bytes with all that stands around them.
#[derive(Clone)]
struct CutsNames;

fn cut(name: &str) -> String {
    let fits = (0..=40).rev().find(|end| name.is_char_boundary(*end));
    name.get(..fits.unwrap_or(0)).unwrap_or(name).to_owned()
}

fn cut_model(model: &Model) -> Model {
    let tables = model.tables.iter().map(|table| {
        let parts = table
            .key
            .iter()
            .map(|part| part.chars().take(63).collect::<String>());
        let parts: Vec<String> = parts.collect();
        Table::new(cut(&table.name), table.version, &parts[..])
    });
    let mut short = model.clone();
    short.id.name = cut(&model.id.name).into();
    short.tables = tables.collect();
    short
}

impl ModelsFault for CutsNames {
    fn claim<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        mut claim: Claim,
    ) -> Answer<'a, ClaimOutcome, ClaimError> {
        let is_long = claim.model.check().is_err() && cut_model(&claim.model).check().is_ok();
        if is_long {
            claim.model = cut_model(&claim.model);
        }
        right.claim(claim)
    }
}

#[test]
fn names_are_cut() {
    models_fail(|| CutsNames, &["names_that_are_too_long_are_refused"]);
}

/// Keys may have as many bytes as an index takes of the smallest page.
#[derive(Clone)]
struct RefusesLongKeys;

const INDEXED: usize = 767;

fn refuse<'k>(mut keys: impl Iterator<Item = &'k Key>) -> Result<(), WriteError> {
    match keys.find(|key| key.as_bytes().len() > INDEXED && !key.is_shortened()) {
        Some(_) => Err(WriteError::unsupported("the key is too long for the index")),
        None => Ok(()),
    }
}

impl ModelsFault for RefusesLongKeys {
    fn write<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        write: Write,
    ) -> Answer<'a, Checkpoint, WriteError> {
        Box::pin(async move {
            refuse(write.rows.iter().map(|row| &row.key))?;
            right.write(write).await
        })
    }
}

#[test]
fn long_keys_are_refused() {
    models_fail(|| RefusesLongKeys, &["a_key_of_1024_bytes_is_kept"]);
}

/// A write has a parameter for each part of a key, of which a statement takes 65,535.
#[derive(Clone)]
struct FewParameters;

impl ModelsFault for FewParameters {
    fn write<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        write: Write,
    ) -> Answer<'a, Checkpoint, WriteError> {
        Box::pin(async move {
            let parts = write.rows.iter().map(|row| row.key.parts().len());
            if parts.sum::<usize>() > usize::from(u16::MAX) {
                return Err(WriteError::unsupported("too many parameters"));
            }
            right.write(write).await
        })
    }
}

#[test]
fn a_write_has_too_many_parameters() {
    models_fail(
        || FewParameters,
        &["forty_thousand_keys_are_written_at_once"],
    );
}

/// Rows come in the order in which their texts are sorted, and not by their bytes.
#[derive(Clone)]
struct OrderOfLengths;

impl ModelsFault for OrderOfLengths {
    fn rows<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        (table, generation): (Table, Generation),
        select: Select,
    ) -> Answer<'a, Rows, ReadModelError> {
        let is_by_key = matches!(select, Select::Keys(_));
        Box::pin(async move {
            let mut rows = right.rows(table, generation, select).await?;
            if !is_by_key {
                rows.rows.sort_by_key(|(key, _)| key.as_bytes().len());
            }
            Ok(rows)
        })
    }
}

#[test]
fn rows_come_in_another_order() {
    models_fail(
        || OrderOfLengths,
        &[
            "rows_come_in_the_order_of_their_keys",
            "pages_of_every_size_hold_the_same_rows",
            "what_is_built_beside_is_not_seen_until_it_is_switched",
        ],
    );
}
