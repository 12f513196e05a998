//! Stores that do not know what they are.

use std::sync::Arc;

use eventsource_core::MemoryStore;
use eventsource_core::store::{BoxFuture, Imported};
use eventsource_core::values::Environment;
use eventsource_core::{AppendError, EventStore, Receipt};
use uuid::Uuid;

use crate::faulty::Fault;
use crate::verdict::fails;

/// The id is made when the store is opened, and not kept.
#[derive(Clone)]
struct NewId(Uuid);

impl Fault for NewId {
    fn opened(&mut self, _: &MemoryStore, environment: &Arc<dyn Environment>) {
        self.0 = environment.uuid();
    }

    fn id(&self, _: &MemoryStore) -> Uuid {
        self.0
    }
}

#[test]
fn a_store_has_a_new_id_whenever_it_is_opened() {
    let fault = || NewId(Uuid::nil());
    fails(fault, &["a_new_store_is_opened_five_times_at_once"]);
}

/// An import stores one commit after the other, each for itself.
#[derive(Clone)]
struct ImportsOneByOne;

impl Fault for ImportsOneByOne {
    fn import<'a>(
        &'a self,
        right: &'a MemoryStore,
        commits: Vec<Imported>,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, AppendError>> {
        Box::pin(async move {
            let mut receipts = Vec::new();
            for commit in commits {
                receipts.extend(right.import(vec![commit]).await?);
            }
            Ok(receipts)
        })
    }
}

#[test]
fn an_import_stores_a_part() {
    fails(|| ImportsOneByOne, &["an_import_is_all_or_nothing"]);
}
