//! Names that are taken for one another.

use eventsource_core::store::{
    BoxFuture, Commit, Expect, ImportError, Imported, Page, ReadLog, ReadStream,
};
use eventsource_core::{
    AppendError, EventLog, MemoryStore, Query, ReadError, Receipt, StreamId, StreamStore,
};
use uuid::Uuid;

use crate::faulty::Fault;
use crate::verdict::fails;

/// Categories are folded by this, when they are written and when they are asked for.
#[derive(Clone)]
struct Folded(fn(&str) -> String);

impl Folded {
    fn stream(&self, stream: &StreamId) -> StreamId {
        let folded = StreamId::new((self.0)(stream.category()), stream.root_id());
        folded.in_tenant(stream.tenant().to_owned())
    }

    fn query(&self, mut query: Query) -> Query {
        let filters = query.filters.iter_mut();
        for category in filters.flat_map(|filter| &mut filter.categories) {
            *category = (self.0)(category).into();
        }
        query
    }

    fn commit(&self, mut commit: Commit) -> Commit {
        for event in &mut commit.events {
            event.stream = self.stream(&event.stream);
        }
        for expect in &mut commit.expectations {
            match expect {
                Expect::NoStream(stream)
                | Expect::At { stream, .. }
                | Expect::AtVersion { stream, .. }
                | Expect::Follows { stream, .. } => *stream = self.stream(stream),
                Expect::NoneMatch { query, .. } => *query = self.query(query.clone()),
                _ => (),
            }
        }
        commit
    }
}

impl Fault for Folded {
    fn append<'a>(
        &'a self,
        right: &'a MemoryStore,
        commit: Commit,
    ) -> BoxFuture<'a, Result<Receipt, AppendError>> {
        right.append(self.commit(commit))
    }

    fn import<'a>(
        &'a self,
        right: &'a MemoryStore,
        mut commits: Vec<Imported>,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, ImportError>> {
        for imported in &mut commits {
            imported.commit = self.commit(imported.commit.clone());
        }
        right.import(commits)
    }

    fn receipt<'a>(
        &'a self,
        right: &'a MemoryStore,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'a, Result<Option<Receipt>, ReadError>> {
        right.receipt(self.stream(&first), commit_id)
    }

    fn read_stream<'a>(
        &'a self,
        right: &'a MemoryStore,
        mut read: ReadStream,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        read.stream = self.stream(&read.stream);
        right.read_stream(read)
    }

    fn read<'a>(
        &'a self,
        right: &'a MemoryStore,
        mut read: ReadLog,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        read.query = self.query(read.query);
        right.read(read)
    }

    fn root_ids<'a>(
        &'a self,
        right: &'a MemoryStore,
        (tenant, category): (&'a str, &'a str),
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        Box::pin(async move {
            let folded = (self.0)(category);
            right.root_ids(tenant, &folded, after, limit).await
        })
    }
}

const NAMES: &[&str] = &["names_are_told_apart_by_their_bytes"];

/// The fault of a collation that ignores case.
#[test]
fn categories_fold_case() {
    fails(|| Folded(str::to_lowercase), NAMES);
}

/// The fault of a file system that normalises names.
#[test]
fn categories_are_normalised() {
    fails(
        || Folded(|category| category.replace("e\u{301}", "\u{e9}")),
        NAMES,
    );
}

/// The fault of a broker whose subjects have the name as a part.
#[test]
fn a_separator_in_a_category_is_lost() {
    let fold = |category: &str| category.replace(['/', '.'], "-");
    fails(|| Folded(fold), NAMES);
}
