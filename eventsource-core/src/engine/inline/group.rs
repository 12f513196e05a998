//! The rules of a process, applied to each commit of a group.

use std::collections::HashMap;
use std::iter::empty;
use std::sync::Arc;

use uuid::Uuid;

use super::overlay::RowOverlay;
use super::projection::InlineFold;
use super::rules::{InlineRules, wants};
use crate::engine::{NewCommit, Plan};
use crate::projection::Key;
use crate::read_model::{RowWrite, Table};
use crate::store::{BrokenRule, Commit, CommitHeader, Digest, Expect, StoredEvent};
use crate::values::{Position, StreamId, Timestamp};

/// The rows of inline projections in one transaction, which appends a group of commits.
///
/// The rows that the whole group needs are read at once: [`prefetch`](Self::prefetch) decodes the events
/// on the assumption that the expectations of their commits hold. Then each commit is decided in order.
/// Its rows change only if it is [kept](Self::keep), and are written once, at the end of the group.
///
/// [Example](crate::engine::inline#example).
#[derive(Debug)]
pub struct InlineGroup<'r> {
    rules: &'r InlineRules,
    /// The rows of each rule, in the order of the rules.
    rows: Vec<RowOverlay>,
    prefetched: HashMap<Uuid, RuleFold>,
}

/// The decoded events of a commit, before the rows are read.
///
/// [Example](crate::engine::inline#example).
#[derive(Debug, Default)]
pub struct RuleFold {
    /// The digest of the commit; `None` if no rule wants it.
    digest: Option<Digest>,
    /// The versions of the events in their streams.
    versions: Vec<u64>,
    recorded_at: Timestamp,
    /// The folds, with the numbers of their rules.
    folds: Vec<(usize, InlineFold)>,
}

/// Rows that a store reads for a group.
///
/// [Example](crate::engine::inline#example).
#[derive(Debug)]
#[non_exhaustive]
pub struct MissingRows<'r> {
    rule: usize,
    /// The table.
    pub table: &'r Table,
    /// The keys, each once and in order.
    pub keys: Vec<Key>,
}

/// The rows that a commit changes.
///
/// [Example](crate::engine::inline#example).
#[derive(Debug, Default)]
pub struct CommitRows(Vec<(usize, Vec<RowWrite>)>);

impl<'r> InlineGroup<'r> {
    /// A group whose rows were not read yet.
    #[must_use]
    pub fn new(rules: &'r InlineRules) -> Self {
        let rows = rules.projections.iter().map(|_| RowOverlay::default());
        Self {
            rules,
            rows: rows.collect(),
            prefetched: HashMap::new(),
        }
    }

    /// Decodes the events of commits on the assumption that their expectations hold, and returns the rows
    /// that have to be read. A commit without an expectation of a stream, or with an event that a rule
    /// cannot decode, is left for later.
    pub fn prefetch<'c>(
        &mut self,
        commits: impl IntoIterator<Item = &'c NewCommit>,
    ) -> Vec<MissingRows<'r>> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        for new in commits {
            if self.rules.wants(&new.commit)
                && let Some(Ok(fold)) = self.read_expected(new)
            {
                self.prefetched.insert(new.commit.id, fold);
            }
        }
        self.missing(self.prefetched.values())
    }

    fn read_expected(&self, new: &NewCommit) -> Option<Result<RuleFold, BrokenRule>> {
        let commit = &new.commit;
        let versions = expected_versions(commit)?;
        let recorded_at = new.time.recorded_at(commit.id, empty()).ok()?;
        let events = u32::try_from(versions.len()).ok()?;
        let first = Position::START;
        let header = CommitHeader::new(commit.id, first, events, recorded_at, new.digest);
        let header = Arc::new(header.with_metadata(commit.metadata.clone()));
        let events = || {
            let events = commit.events.iter().zip(&versions);
            events.map(|(event, version)| StoredEvent::unplaced(event, *version, &header))
        };
        let folds = self.read(commit, events);
        Some(folds.map(|folds| RuleFold {
            digest: Some(new.digest),
            versions,
            recorded_at,
            folds,
        }))
    }

    /// Decodes the events of a commit whose expectations hold, unless they were decoded by
    /// [`prefetch`](Self::prefetch) and are the same.
    ///
    /// # Errors
    ///
    /// [`BrokenRule`] if a rule cannot read an event.
    pub fn fold<R>(&mut self, plan: &Plan<'_, R>) -> Result<RuleFold, BrokenRule> {
        let commit = &plan.new.commit;
        if !self.rules.wants(commit) {
            return Ok(RuleFold::default());
        }
        let versions: Vec<u64> = plan.events().map(|(_, event)| event.version).collect();
        let recorded_at = plan.header.recorded_at;
        let digest = Some(plan.new.digest);
        let prefetched = self.prefetched.remove(&commit.id);
        // Commits of several streams may have one id.
        let is_expected = |it: &RuleFold| {
            (it.digest, it.recorded_at) == (digest, recorded_at) && it.versions == versions
        };
        if let Some(fold) = prefetched.filter(is_expected) {
            return Ok(fold);
        }
        let header = plan.unplaced_header();
        let folds = self.read(commit, || plan.unplaced_events(&header))?;
        Ok(RuleFold {
            digest,
            versions,
            recorded_at,
            folds,
        })
    }

    fn read<'e, E: Iterator<Item = StoredEvent<'e>>>(
        &self,
        commit: &Commit,
        events: impl Fn() -> E,
    ) -> Result<Vec<(usize, InlineFold)>, BrokenRule> {
        let rules = self.rules.projections.iter().enumerate();
        let wanting = rules.filter(|(_, rule)| wants(rule, commit));
        let folds = wanting.map(|(number, rule)| Ok((number, rule.fold(events())?)));
        folds.collect()
    }

    /// The rows that commits need, as far as they were not read yet.
    pub fn missing<'f>(
        &self,
        folds: impl IntoIterator<Item = &'f RuleFold>,
    ) -> Vec<MissingRows<'r>> {
        let mut of_rules: Vec<Vec<&Key>> = self.rows.iter().map(|_| Vec::new()).collect();
        for (rule, fold) in folds.into_iter().flat_map(|fold| &fold.folds) {
            of_rules[*rule].extend(fold.keys());
        }
        let of_rules = of_rules.into_iter().zip(&self.rows).enumerate();
        let missing = of_rules.map(|(rule, (keys, rows))| MissingRows {
            rule,
            table: self.rules.projections[rule].table(),
            keys: rows.missing(keys.into_iter()),
        });
        missing.filter(|missing| !missing.keys.is_empty()).collect()
    }

    /// Adds rows that were missing, in the order of their keys.
    pub fn add(&mut self, missing: MissingRows<'_>, rows: Vec<Option<Arc<str>>>) {
        self.rows[missing.rule].add(missing.keys, rows);
    }

    /// Folds a commit, of which no row is [missing](Self::missing), by all rules.
    ///
    /// # Errors
    ///
    /// [`BrokenRule`] if a rule refuses it. Then no row has changed.
    pub fn finish(&self, fold: RuleFold) -> Result<CommitRows, BrokenRule> {
        let finish = |(rule, fold): (usize, InlineFold)| {
            let rows = self.rows[rule].get(fold.keys());
            Ok((rule, fold.finish(rows)?))
        };
        let rows = fold.folds.into_iter().map(finish);
        rows.collect::<Result<_, _>>().map(CommitRows)
    }

    /// Keeps the rows of a commit that is stored, for the later commits of the group.
    pub fn keep(&mut self, rows: CommitRows) {
        for (rule, rows) in rows.0 {
            self.rows[rule].put(rows);
        }
    }

    /// The changed rows that the store has to write, by table and in the order of their keys.
    pub fn changed(&self) -> impl Iterator<Item = (&'r Table, Vec<(&Key, Option<&str>)>)> {
        let rules = self.rules.projections.iter().zip(&self.rows);
        let changed = rules.map(|(rule, rows)| (rule.table(), rows.changed()));
        changed.filter(|(_, rows)| !rows.is_empty())
    }
}

/// The versions of the events if the expectations of the commit hold; `None` if it has no expectation of
/// one of its streams.
fn expected_versions(commit: &Commit) -> Option<Vec<u64>> {
    let mut streams: Vec<(&StreamId, u64)> =
        commit.expectations.iter().filter_map(expected).collect();
    let versions = commit.events.iter().map(|event| {
        let mut streams = streams.iter_mut();
        let (_, version) = streams.find(|(stream, _)| **stream == event.stream)?;
        *version = version.checked_add(1)?;
        Some(*version)
    });
    versions.collect()
}

fn expected(expect: &Expect) -> Option<(&StreamId, u64)> {
    match expect {
        Expect::NoStream(stream) => Some((stream, 0)),
        Expect::At { stream, revision } => Some((stream, revision.version())),
        Expect::AtVersion { stream, version }
        | Expect::Follows {
            stream, version, ..
        } => Some((stream, *version)),
        Expect::NoneMatch { .. } => None,
    }
}
