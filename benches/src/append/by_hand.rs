//! The same appends by hand.

use std::sync::Arc;

use super::{Append, Kind};
use crate::Result;
use crate::check;
use crate::events::sample;
use crate::harness::Cost;
use crate::limit::{
    self, Commit, Event, Loaded, NewEvent, Part, Readers, Standing, Writer, decode_json, fold_on,
};
use crate::tasks::{deal, timed};

pub(super) fn measure(append: &Append) -> Result<Cost> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("limit.db");
    let connection = limit::create(&append.runtime, &path)?;
    let writer = Arc::new(Writer::start(connection));
    let commits = commits(append, &writer)?;
    let (kind, readers) = (append.kind, Arc::new(Readers::new(&path)?));
    let tasks = deal(commits, append.tasks).into_iter().map(|commits| {
        let (writer, readers) = (Arc::clone(&writer), Arc::clone(&readers));
        async move {
            for commit in commits {
                let expected = match kind {
                    Kind::TwoStreams => 1,
                    Kind::Existing => 2,
                    Kind::Conflicting => 3,
                    _ => commit.events(),
                };
                let standing = match kind {
                    Kind::Conflicting => send_twice(&writer, &readers, commit).await?,
                    _ => writer.append(commit).await?,
                };
                check::same(expected, usize::try_from(standing.version)?)?;
            }
            Ok(())
        }
    });
    let took = timed(&append.runtime, tasks.collect())?;
    drop(readers);
    Arc::into_inner(writer)
        .ok_or("a task still writes")?
        .close()?;
    check::stored(&path, append.stored()?)?;
    check::verified(&append.runtime, &path)?;
    Ok(took.each(append.units()?))
}

/// The commits that are measured, after those that are stored before them.
fn commits(append: &Append, writer: &Arc<Writer>) -> Result<Vec<Commit>> {
    let numbers = 0..append.commits;
    let commits = numbers.clone().map(|n| first(append, n));
    let commits = commits.collect::<Result<Vec<_>>>()?;
    if append.kind.commits_before() == 0 {
        return Ok(commits);
    }
    let standings = store_all(append, writer, commits.clone())?;
    if append.kind == Kind::Repeated {
        return Ok(commits);
    }
    let roots = commits.iter().map(|commit| commit.streams[0].root_id);
    let known: Vec<_> = roots.zip(standings).collect();
    let next = || -> Result<Vec<_>> {
        let next = numbers.clone().zip(&known);
        let next =
            next.map(|(n, (root_id, at))| Ok(Commit::to(*root_id, Some(*at), events(append, n)?)));
        next.collect()
    };
    if append.kind == Kind::Conflicting {
        store_all(append, writer, next()?)?;
    }
    next()
}

fn store_all(append: &Append, writer: &Arc<Writer>, commits: Vec<Commit>) -> Result<Vec<Standing>> {
    append.runtime.block_on(async {
        let store = |commit| {
            let writer = Arc::clone(writer);
            tokio::spawn(async move { writer.append(commit).await })
        };
        let stored: Vec<_> = commits.into_iter().map(store).collect();
        let mut standings = Vec::new();
        for standing in stored {
            standings.push(standing.await??);
        }
        Ok(standings)
    })
}

/// A commit that begins its streams.
fn first(append: &Append, n: usize) -> Result<Commit> {
    let part = |root_id| {
        Ok(Part {
            root_id,
            expected: None,
            events: events(append, n)?,
        })
    };
    let parts = append.root_ids().map(part).collect::<Result<_>>()?;
    let mut commit = Commit::of(parts);
    commit.may_repeat = append.kind == Kind::Repeated;
    if append.kind == Kind::Unmatched {
        let tag = commit.streams[0].events[0].tags[0].clone();
        commit.unless = Some((tag, 0));
    }
    Ok(commit)
}

fn events(append: &Append, n: usize) -> Result<Vec<NewEvent>> {
    let event = |n| {
        let event = NewEvent::of(&Event::from(sample(n)))?;
        let tags = append.random_tags(n);
        Ok(NewEvent { tags, ..event })
    };
    append.samples(n)?.map(event).collect()
}

/// Sends a commit that meets a conflict, reads what it missed, and sends it again.
async fn send_twice(writer: &Writer, readers: &Readers, commit: Commit) -> Result<Standing> {
    let part = &commit.streams[0];
    let root_id = part.root_id;
    let again = part.events.clone();
    let mut loaded = Loaded {
        at: part.expected,
        ..Loaded::default()
    };
    if writer.try_append(commit).await?.is_some() {
        return Err("a conflict was expected".into());
    }
    readers.run(|connection, names| fold_on(connection, names, &mut loaded, decode_json))?;
    check::same(2, loaded.version())?;
    writer.append(Commit::to(root_id, loaded.at, again)).await
}
