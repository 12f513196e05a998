//! The fold of a page of the log, by which the rows of an inline projection are built.

use std::sync::Arc;

use super::overlay::RowOverlay;
use super::projection::{InlineFold, InlineProjection};
use crate::projection::Key;
use crate::store::{BrokenRule, Horizon, Page, StoredEvent};
use crate::values::Position;

/// A page of events that is about to be folded into the rows of a projection. It is folded commit by
/// commit, as appends do it, so that the rows are the same.
///
/// [Example](crate::engine::inline#example).
#[derive(Debug)]
pub struct PageFold {
    commits: Vec<CommitFold>,
    keys: Vec<Key>,
    through: Horizon,
    is_complete: bool,
}

#[derive(Debug)]
struct CommitFold {
    fold: InlineFold,
    first: Position,
    end: Horizon,
}

/// The rows that changed with a page.
///
/// [Example](crate::engine::inline#example).
#[derive(Debug)]
#[non_exhaustive]
pub struct FoldedPage {
    rows: RowOverlay,
    /// The horizon through which events are in the rows.
    pub through: Horizon,
    /// Whether this is the head of the log.
    pub is_complete: bool,
}

impl PageFold {
    /// Reads the events of a page of the projection's [query](InlineProjection::query).
    ///
    /// # Errors
    ///
    /// [`BrokenRule`] if the projection cannot read an event.
    pub fn new(projection: &InlineProjection, page: &Page) -> Result<Self, BrokenRule> {
        let events: Vec<StoredEvent<'_>> = page.events().collect();
        let commit = |event: &StoredEvent<'_>| event.commit.first;
        let commits = events.chunk_by(|one, next| commit(one) == commit(next));
        let commits = commits.map(|events| CommitFold::new(projection, events));
        let commits = commits.collect::<Result<Vec<_>, _>>()?;
        let keys = commits.iter().flat_map(|commit| commit.fold.keys());
        Ok(Self {
            keys: RowOverlay::default().missing(keys),
            commits,
            through: page.through(),
            is_complete: page.is_complete(),
        })
    }

    /// The keys of the rows that the page touches, each once and in order.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Folds the events into the rows of [the keys](Self::keys), and ends early after a commit at which
    /// `should_stop` returns `true`.
    ///
    /// # Errors
    ///
    /// [`BrokenRule`] if the projection refuses a commit.
    pub fn finish(
        self,
        stored: Vec<Option<Arc<str>>>,
        mut should_stop: impl FnMut() -> bool,
    ) -> Result<FoldedPage, BrokenRule> {
        let (mut rows, mut commits) = (RowOverlay::default(), self.commits.into_iter());
        rows.add(self.keys, stored);
        let mut interrupted = None;
        for commit in commits.by_ref() {
            interrupted = Some(commit.end);
            commit.finish(&mut rows)?;
            if should_stop() {
                break;
            }
            interrupted = None;
        }
        Ok(FoldedPage {
            rows,
            through: interrupted.unwrap_or(self.through),
            is_complete: interrupted.is_none() && self.is_complete,
        })
    }
}

impl CommitFold {
    fn new(projection: &InlineProjection, events: &[StoredEvent<'_>]) -> Result<Self, BrokenRule> {
        let (first, last) = (events[0].position, events[events.len() - 1]);
        let fold = projection.fold(events.iter().copied());
        Ok(Self {
            fold: fold.map_err(|broken| at(first, broken))?,
            first,
            end: last.horizon(),
        })
    }

    fn finish(self, rows: &mut RowOverlay) -> Result<(), BrokenRule> {
        let stored = rows.get(self.fold.keys());
        let changed = self.fold.finish(stored);
        rows.put(changed.map_err(|broken| at(self.first, broken))?);
        Ok(())
    }
}

/// Sets the position of a refusal to the first event of the commit, if it has none.
fn at(first: Position, mut broken: BrokenRule) -> BrokenRule {
    if broken.position == Position::START {
        broken.position = first;
    }
    broken
}

impl FoldedPage {
    /// The rows that changed, in the order of their keys.
    #[must_use]
    pub fn changed(&self) -> Vec<(&Key, Option<&str>)> {
        self.rows.changed()
    }
}
