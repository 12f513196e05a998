//! The inline projections of a process.

use super::projection::InlineProjection;
use crate::store::{AppendError, Commit};

/// The inline projections that a process carries. It may append only while exactly these are registered
/// in the store: it would not apply one that it does not carry, and one that is not registered has no
/// rows.
///
/// ```
/// use eventsource_core::engine::inline::InlineRules;
///
/// let none = InlineRules::new(Vec::new());
/// assert!(none.compare(&[]).is_ok());
/// let mismatch = none.compare(&[("emails".to_owned(), 1)]).unwrap_err();
/// assert!(mismatch.is_carried_elsewhere);
/// ```
#[derive(Debug, Default)]
pub struct InlineRules {
    pub(super) projections: Vec<InlineProjection>,
}

/// The reason why a process may not append: a projection is registered that the process does not
/// carry, or the other way round.
///
/// ```
/// use eventsource_core::engine::inline::InlineRules;
///
/// let none = InlineRules::new(Vec::new());
/// let mismatch = none.compare(&[("emails".to_owned(), 1)]).unwrap_err();
/// let error = mismatch.to_error("open the store with it");
/// assert!(error.to_string().contains("emails"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleMismatch {
    /// The name of the projection.
    pub projection: String,
    /// The version of the projection.
    pub version: u32,
    /// Whether it is registered in the store by another process, and this one does not carry it. Otherwise
    /// this process carries it, and it is not registered.
    pub is_carried_elsewhere: bool,
}

impl InlineRules {
    /// The rules of a process that carries these projections.
    #[must_use]
    pub const fn new(projections: Vec<InlineProjection>) -> Self {
        Self { projections }
    }

    /// Compares the rules with the names and versions that are registered in the store.
    ///
    /// # Errors
    ///
    /// [`RuleMismatch`] with the first difference.
    pub fn compare(&self, registered: &[(String, u32)]) -> Result<(), RuleMismatch> {
        let is_carried =
            |named: &&(String, u32)| self.projections.iter().any(|rule| is(rule, named));
        if let Some((name, version)) = registered.iter().find(|named| !is_carried(named)) {
            return Err(RuleMismatch {
                projection: name.clone(),
                version: *version,
                is_carried_elsewhere: true,
            });
        }
        let is_gone = |rule: &&InlineProjection| !registered.iter().any(|named| is(rule, named));
        match self.projections.iter().find(is_gone) {
            None => Ok(()),
            Some(gone) => Err(RuleMismatch {
                projection: gone.table().name.to_string(),
                version: gone.table().version,
                is_carried_elsewhere: false,
            }),
        }
    }

    /// Whether a rule projects an event of the commit.
    #[must_use]
    pub fn wants(&self, commit: &Commit) -> bool {
        self.projections.iter().any(|rule| wants(rule, commit))
    }
}

impl RuleMismatch {
    /// The refusal of an append; `way_out` says what a user can do with this store.
    #[must_use]
    pub fn to_error(&self, way_out: &str) -> AppendError {
        let Self {
            projection,
            version,
            ..
        } = self;
        let reason = if self.is_carried_elsewhere {
            format!(
                "the inline projection `{projection}` version {version} is registered in the store: \
                each append has to ask it, and this process does not carry it; {way_out}"
            )
        } else {
            format!(
                "this process carries `{projection}` version {version} inline, and the store does \
                not keep it any more; {way_out}"
            )
        };
        AppendError::RuleMismatch {
            projection: projection.clone(),
            version: *version,
            reason,
        }
    }
}

fn is(rule: &InlineProjection, (name, version): &(String, u32)) -> bool {
    rule.table().name == *name && rule.table().version == *version
}

pub(super) fn wants(rule: &InlineProjection, commit: &Commit) -> bool {
    let mut events = commit.events.iter();
    events.any(|event| rule.wants(&event.name))
}
