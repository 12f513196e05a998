//! Appends to the store.

use eventsource_core::store::{Commit, Expect, NewEvent};
use eventsource_core::{
    AppendError, Apply, Codec, Filter, Position, Query, Receipt, Recorded, Revision, StreamId,
    StreamStore,
};
use eventsource_sqlite::{SqliteBuilder, SqliteStore};
use uuid::Uuid;

use super::{Append, Kind};
use crate::Result;
use crate::check;
use crate::events::{Basket, BasketEvent, encoded, sample};
use crate::harness::Cost;
use crate::seed::stream_id;
use crate::tasks::{deal, timed};

pub(super) fn measure(append: &Append, builder: SqliteBuilder) -> Result<Cost> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("ours.db");
    let store = append.runtime.block_on(builder.open(&path))?;
    let commits = commits(append, &store)?;
    let kind = append.kind;
    let tasks = deal(commits, append.tasks).into_iter().map(|commits| {
        let store = store.clone();
        async move {
            for commit in commits {
                send(&store, kind, commit).await?;
            }
            Ok(())
        }
    });
    let took = timed(&append.runtime, tasks.collect())?;
    append.runtime.block_on(store.close());
    check::stored(&path, append.stored()?)?;
    Ok(took.each(append.units()?))
}

/// The commits that are measured, after those that are stored before them.
fn commits(append: &Append, store: &SqliteStore) -> Result<Vec<Commit>> {
    let numbers = 0..append.commits;
    let commits = numbers.clone().map(|n| first(append, n));
    let commits = commits.collect::<Result<Vec<_>>>()?;
    if append.kind.commits_before() == 0 {
        return Ok(commits);
    }
    let receipts = store_all(append, store, commits.clone())?;
    if append.kind == Kind::Repeated {
        return Ok(commits);
    }
    let next = || -> Result<Vec<_>> {
        let next = numbers.clone().zip(&receipts);
        let next = next.map(|(n, receipt)| {
            let (stream, revision) = receipt.revisions[0].clone();
            expecting(append, n, stream, revision)
        });
        next.collect()
    };
    if append.kind == Kind::Conflicting {
        store_all(append, store, next()?)?;
    }
    next()
}

fn store_all(append: &Append, store: &SqliteStore, commits: Vec<Commit>) -> Result<Vec<Receipt>> {
    append.runtime.block_on(async {
        let store = |commit| {
            let store = store.clone();
            tokio::spawn(async move { store.append(commit).await })
        };
        let stored: Vec<_> = commits.into_iter().map(store).collect();
        let mut receipts = Vec::new();
        for receipt in stored {
            receipts.push(receipt.await??);
        }
        Ok(receipts)
    })
}

/// A commit that begins its streams.
fn first(append: &Append, n: usize) -> Result<Commit> {
    let streams: Vec<StreamId> = append.root_ids().map(stream_id).collect();
    let mut events = Vec::new();
    for stream in &streams {
        for n in append.samples(n)? {
            let event = encoded(stream, &sample(n), Codec::Json)?;
            events.push(event.tagged(append.random_tags(n)));
        }
    }
    let expect = streams.into_iter().map(Expect::NoStream);
    let unmatched = (append.kind == Kind::Unmatched).then(|| unmatched(&events[0]));
    let commit = Commit::new(Uuid::now_v7(), events);
    Ok(expect.chain(unmatched).fold(commit, Commit::expect))
}

/// The expectation that no event has the tag of this one.
fn unmatched(event: &NewEvent) -> Expect {
    let tagged = Filter::new().tag(event.tags[0].clone());
    Expect::NoneMatch {
        query: Query::any([tagged]).in_tenant(""),
        after: Position::START,
    }
}

fn expecting(append: &Append, n: usize, stream: StreamId, revision: Revision) -> Result<Commit> {
    let events = append.samples(n)?;
    let events = events.map(|n| encoded(&stream, &sample(n), Codec::Json));
    let commit = Commit::new(Uuid::now_v7(), events.collect::<Result<_>>()?);
    let commit = commit.expect(Expect::At { stream, revision });
    Ok(commit.may_repeat(false))
}

async fn send(store: &SqliteStore, kind: Kind, commit: Commit) -> Result<()> {
    let events = commit.events.len() as u64;
    let receipt = match kind {
        Kind::Conflicting => send_twice(store, commit).await?,
        _ => store.append(commit).await?,
    };
    check::same(kind == Kind::Repeated, receipt.repeated)?;
    let version = match kind {
        Kind::TwoStreams => 1,
        Kind::Existing => 2,
        Kind::Conflicting => 3,
        _ => events,
    };
    check::same(version, receipt.revision().version())
}

/// Sends a commit that meets a conflict, reads what it missed, and sends it again.
async fn send_twice(store: &SqliteStore, commit: Commit) -> Result<Receipt> {
    let (id, events) = (commit.id, commit.events.clone());
    let Err(AppendError::Conflict(conflict)) = store.append(commit).await else {
        return Err("a conflict was expected".into());
    };
    let mut basket = Basket::default();
    for event in conflict.missed.events() {
        Recorded::<BasketEvent>::decode(&event, &mut |missed| basket.apply(missed.event))?;
    }
    std::hint::black_box(basket);
    check::same(1, conflict.missed.len())?;
    let revision = conflict.actual.ok_or("a conflict without a revision")?;
    let stream = events[0].stream.clone();
    let again = Commit::new(id, events).expect(Expect::At { stream, revision });
    Ok(store.append(again).await?)
}
