//! The rule of the suite: an address has one owner.

use std::collections::BTreeMap;

use eventsource_core::read_model::{Generation, Select, Table};
use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::{AppendError, Codec, Key, Project, Projection, Recorded, StreamId, event};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bed::Ruled;
use crate::store::support::commit;

/// An account takes an e-mail address.
#[event(name = "conformance.taken")]
pub(super) struct Taken {
    email: String,
}

/// The owner of an address.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "conformance-emails", version = 1, key = email, events(Taken))]
pub(super) struct Emails {
    owner: Option<Uuid>,
    taken: u32,
}

/// The rule is broken.
#[derive(Debug, thiserror::Error)]
#[error("the address is taken")]
pub(super) struct EmailTaken;

impl Project<Taken, Result<(), EmailTaken>> for Emails {
    fn project(&mut self, recorded: &Recorded<Taken>) -> Result<(), EmailTaken> {
        if self.owner.is_some_and(|owner| owner != recorded.root_id()) {
            return Err(EmailTaken);
        }
        self.owner = Some(recorded.root_id());
        self.taken += 1;
        Ok(())
    }
}

pub(super) fn account() -> StreamId {
    StreamId::new("account", Uuid::now_v7())
}

pub(super) fn taking(stream: &StreamId, email: &str) -> NewEvent {
    let payload = format!("{{\"email\":\"{email}\"}}").into_bytes();
    NewEvent::new(stream.clone(), "conformance.taken", 1, Codec::Json, payload)
}

/// A commit in which an account takes an address.
pub(super) fn take(stream: &StreamId, email: &str) -> Commit {
    commit(vec![taking(stream, email)])
}

pub(super) fn is_taken(error: &AppendError) -> bool {
    error.broken_rule::<EmailTaken>().is_some()
}

/// The owners by address, each with the number of times that it took the address.
pub(super) async fn owners(store: &Ruled) -> BTreeMap<String, (Uuid, u32)> {
    let table = Table::of::<Emails>();
    let all = Select::After {
        after: None,
        limit: usize::MAX,
    };
    let found = store.models.rows(table, Generation::Serving, all).await;
    let rows = found.expect("the rule has its rows").rows;
    rows.into_iter()
        .map(|(key, row)| owner(&key, &row))
        .collect()
}

fn owner(key: &Key, row: &str) -> (String, (Uuid, u32)) {
    let row: Emails = serde_json::from_str(row).expect("a row of the rule");
    let email = key.text(0).expect("the key is a text");
    (
        email.into_owned(),
        (row.owner.unwrap_or_default(), row.taken),
    )
}
