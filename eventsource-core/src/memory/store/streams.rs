//! The streams of a store in memory.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

use uuid::Uuid;

use crate::values::StreamId;

/// The indexes of the events and of the commits of each stream, in a hash map. The sorted ids are a second
/// index, which changes only when a stream begins.
#[derive(Default)]
pub(super) struct Streams {
    by_id: HashMap<StreamId, Stream>,
    ids: BTreeSet<StreamId>,
}

#[derive(Default)]
pub(super) struct Stream {
    /// The indexes of its events, by version.
    pub(super) events: Vec<usize>,
    /// The commits whose first event is in this stream.
    pub(super) commits: HashMap<Uuid, usize>,
}

impl Streams {
    pub(super) fn get(&self, id: &StreamId) -> Option<&Stream> {
        self.by_id.get(id)
    }

    /// The stream of this id, which begins if it does not exist.
    pub(super) fn begin(&mut self, id: &StreamId) -> &mut Stream {
        if !self.by_id.contains_key(id) {
            self.ids.insert(id.clone());
            self.by_id.insert(id.clone(), Stream::default());
        }
        self.by_id.get_mut(id).expect("it was added")
    }

    /// The root ids of a category of a tenant, in their order.
    pub(super) fn root_ids(
        &self,
        tenant: &str,
        category: &str,
        after: Option<Uuid>,
        limit: usize,
    ) -> Vec<Uuid> {
        let stream = |id| StreamId::new(category.to_owned(), id).in_tenant(tenant.to_owned());
        let first = match after {
            Some(after) => Bound::Excluded(stream(after)),
            None => Bound::Included(stream(Uuid::nil())),
        };
        let ids = self
            .ids
            .range((first, Bound::Included(stream(Uuid::max()))));
        ids.map(StreamId::root_id).take(limit).collect()
    }
}
