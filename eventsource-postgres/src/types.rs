//! The types of events, by their numbers.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use eventsource_core::Codec;
use eventsource_core::store::{NewEvent, StoreError, StoreErrorKind, StoredType};
use tokio_postgres::{Client, Row};

use crate::database::statements::Statements;
use crate::failure::failed;

/// The types that this process has read. A type never changes, and a number is never used twice.
#[derive(Debug, Default)]
pub(crate) struct Types(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    by_number: HashMap<i32, StoredType>,
    numbers: HashMap<StoredType, i32>,
}

impl Types {
    /// The type with a number, if it was read.
    pub(crate) fn get(&self, number: i32) -> Option<StoredType> {
        self.read().by_number.get(&number).cloned()
    }

    /// The number of the type of an event, if it was read.
    pub(crate) fn number_of(&self, event_type: &StoredType) -> Option<i32> {
        self.read().numbers.get(event_type).copied()
    }

    /// Adds a type that is stored.
    pub(crate) fn add(&self, number: i32, event_type: StoredType) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.by_number.insert(number, event_type.clone());
        known.numbers.insert(event_type, number);
    }

    /// Reads all types that are stored.
    pub(crate) async fn read_all(
        &self,
        client: &Client,
        statements: &Statements,
    ) -> Result<(), StoreError> {
        let rows = client.query_typed(&statements.types, &[]).await;
        let rows = rows.map_err(|error| failed("the types of events were not read", error))?;
        rows.iter().try_for_each(|row| self.add_row(row))
    }

    fn add_row(&self, row: &Row) -> Result<(), StoreError> {
        let (number, name): (i32, &str) = (row.get(0), row.get(1));
        let (schema, codec): (i32, &str) = (row.get(2), row.get(3));
        let codec = Codec::from_name(codec).ok_or_else(|| {
            let message = format!(
                "the events named {name} are in the codec {codec}, which this program does not know; \
                 use a newer one"
            );
            StoreError::new(StoreErrorKind::Incompatible, message)
        })?;
        self.add(number, StoredType::new(name, schema.cast_unsigned(), codec));
        Ok(())
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The type of a new event.
pub(crate) fn type_of(event: &NewEvent) -> StoredType {
    StoredType::new(&*event.name, event.schema, event.codec)
}
