//! The optional abilities of stores: a case that needs one is skipped where the store does not declare
//! it, after what needs it was refused as unsupported.

use eventsource_core::store::{Commit, Expect, NoneMatchGuards, SnapshotStore, StoreErrorKind};
use eventsource_core::{AppendError, Filter, Position, Query, StreamId};
use uuid::Uuid;

use super::bed::Handle;
use super::support::{Answer, append, cart, commit, event, events, read_stream};

impl Handle {
    /// Whether commits may follow others; otherwise the case is skipped.
    pub(super) async fn takes_followers(&self) -> bool {
        if self.capabilities().follows {
            return true;
        }
        let stream = cart();
        let first = append(self, &stream, 1).await;
        let expect = Expect::Follows {
            stream: stream.clone(),
            commit: first.commit_id,
            version: 1,
        };
        let follower = commit(events(&stream, 1)).expect(expect);
        self.refuses_as_unsupported("follows", follower).await;
        self.skip_for_want_of("follows");
        false
    }

    /// Whether a commit may forbid events that match a query; otherwise the case is skipped.
    pub(super) async fn keeps_guards(&self) -> bool {
        if self.capabilities().none_match != NoneMatchGuards::No {
            return true;
        }
        let query = Query::from(Filter::new().category("nothing")).in_tenant("");
        let after = Position::START;
        let guarded = commit(events(&cart(), 1)).expect(Expect::NoneMatch { query, after });
        self.refuses_as_unsupported("none_match", guarded).await;
        self.skip_for_want_of("none_match");
        false
    }

    /// Whether guards are answered exactly; otherwise the case is skipped.
    pub(super) async fn keeps_exact_guards(&self) -> bool {
        let is_exact =
            self.keeps_guards().await && self.capabilities().none_match == NoneMatchGuards::Exact;
        if !is_exact {
            self.skip_for_want_of("none_match");
        }
        is_exact
    }

    /// Whether ids of a category come in their order; otherwise the case is skipped.
    pub(super) fn sorts_root_ids(&self) -> bool {
        let sorts = self.capabilities().root_ids_sorted;
        if !sorts {
            self.skip_for_want_of("root_ids_sorted");
        }
        sorts
    }

    /// The snapshots of a store that keeps any; otherwise the case is skipped.
    pub(super) fn keeps_snapshots(&self) -> Option<&dyn SnapshotStore> {
        let snapshots = self.snapshots();
        if snapshots.is_none() {
            self.skip_for_want_of("snapshots");
        }
        snapshots
    }

    /// Checks that a commit that needs an undeclared ability is refused, and nothing of it is stored.
    async fn refuses_as_unsupported(&self, ability: &str, new: Commit) {
        let head = self.head().await.unwrap();
        let answer = self.append(new).await;
        let answered = match &answer {
            Ok(_) => "Ok".to_owned(),
            Err(error) => format!("{error:?}"),
        };
        assert!(
            is_unsupported(&answer),
            "`{ability}` is not declared, so the commit has to be refused as `Unsupported`; \
             the store answered {answered}"
        );
        assert_eq!(self.head().await.unwrap(), head);
    }
}

fn is_unsupported(answer: &Answer) -> bool {
    matches!(answer, Err(AppendError::Store(error)) if error.kind() == StoreErrorKind::Unsupported)
}

/// The streams are of one tenant and of any category and id. A store that does not declare the ability
/// answers `Unsupported` to a commit that it cannot take, and stores nothing of it.
pub(super) async fn a_commit_takes_any_streams_of_a_tenant(store: Handle) {
    let declared = store.capabilities().commit_over_streams;
    for number in 0..32_u32 {
        let streams = [cart(), cart(), StreamId::new("shelf", Uuid::now_v7())];
        let new = commit(streams.iter().map(|stream| event(stream, "x")).collect());
        let stored = match store.append(new).await {
            Ok(receipt) => receipt.revisions.len(),
            refused => {
                let is_refused = !declared && is_unsupported(&refused);
                assert!(is_refused, "commit {number}: {refused:?}");
                0
            }
        };
        for stream in &streams {
            let there = read_stream(&store, stream, 10).await.len();
            assert_eq!(there, stored / streams.len());
        }
    }
    if !declared {
        store.skip_for_want_of("commit_over_streams");
    }
}
