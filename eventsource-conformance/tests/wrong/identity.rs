//! Stores that do not know what they are.

use std::sync::Arc;

use eventsource_core::store::{BoxFuture, ImportError, Imported, StoreId};
use eventsource_core::values::Environment;
use eventsource_core::{MemoryStore, Receipt, StreamStore};
use uuid::Uuid;

use crate::faulty::Fault;
use crate::verdict::fails;

/// The id is made when the store is opened, and not kept.
#[derive(Clone)]
struct NewId(StoreId);

impl Fault for NewId {
    fn opened(&mut self, _: &MemoryStore, environment: &Arc<dyn Environment>) {
        self.0 = StoreId::new(environment.uuid());
    }

    fn id(&self, _: &MemoryStore) -> StoreId {
        self.0
    }
}

#[test]
fn a_store_has_a_new_id_whenever_it_is_opened() {
    let fault = || NewId(StoreId::new(Uuid::nil()));
    fails(fault, &["a_new_store_is_opened_five_times_at_once"]);
}

/// An import checks all commits, and stores none if one of them cannot be stored.
#[derive(Clone)]
struct ImportsAllOrNothing;

impl Fault for ImportsAllOrNothing {
    fn import<'a>(
        &'a self,
        right: &'a MemoryStore,
        commits: Vec<Imported>,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, ImportError>> {
        Box::pin(async move {
            let copy = MemoryStore::new();
            eventsource_core::store::copy(right, &copy).await.unwrap();
            match copy.import(commits.clone()).await {
                Ok(_) => right.import(commits).await,
                Err(error) => Err(ImportError::new(Vec::new(), error.commit_id, error.source)),
            }
        })
    }
}

#[test]
fn an_import_is_all_or_nothing() {
    fails(
        || ImportsAllOrNothing,
        &["an_import_stores_a_prefix", "an_import_may_be_large"],
    );
}

/// An import leaves out what it cannot store, and goes on behind it.
#[derive(Clone)]
struct ImportsGoOn;

impl Fault for ImportsGoOn {
    fn import<'a>(
        &'a self,
        right: &'a MemoryStore,
        commits: Vec<Imported>,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, ImportError>> {
        Box::pin(async move {
            let (mut stored, mut refused) = (Vec::new(), None);
            for imported in commits {
                match right.import(vec![imported]).await {
                    Ok(receipts) if refused.is_none() => stored.extend(receipts),
                    Ok(_) => (),
                    Err(error) => refused = refused.or(Some((error.commit_id, error.source))),
                }
            }
            match refused {
                None => Ok(stored),
                Some((commit_id, source)) => Err(ImportError::new(stored, commit_id, source)),
            }
        })
    }
}

#[test]
fn an_import_goes_on_behind_what_it_cannot_store() {
    fails(|| ImportsGoOn, &["an_import_stores_a_prefix"]);
}
