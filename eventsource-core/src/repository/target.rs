//! The aggregates that are decided on together.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::draft::Draft;
use super::erased_draft::ErasedDraft;
use super::error::ExecuteError;
use super::settings::Settings;
use crate::aggregate::Aggregate;
use crate::store::Revision;
use crate::values::{Id, StreamId};

/// An aggregate in a repository, to be decided on. [`Repository::at`] returns it.
///
/// [`Repository::at`]: crate::Repository::at
///
/// [Example](crate::repository#example).
pub struct Target<A> {
    pub(super) settings: Settings,
    pub(super) stream: StreamId,
    pub(super) id: Id<A>,
    pub(super) expecting: Option<Revision>,
}

impl<A> Target<A> {
    pub(super) fn new(settings: Settings, stream: StreamId, id: Id<A>) -> Self {
        Self {
            settings,
            stream,
            id,
            expecting: None,
        }
    }

    /// Decides only if the aggregate is at this revision. Otherwise the result is a conflict, and the
    /// decision is not retried.
    #[must_use]
    pub fn expecting(mut self, revision: Revision) -> Self {
        self.expecting = Some(revision);
        self
    }
}

impl<A> std::fmt::Debug for Target<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("stream", &self.stream)
            .field("expecting", &self.expecting)
            .finish_non_exhaustive()
    }
}

/// One or several [targets](Target): a single one, a tuple of up to 6, an array, or a `Vec`, for which
/// the decision gets a slice.
///
/// [Example](crate::repository#example).
pub trait Targets: DraftsOf {}

impl<T: DraftsOf> Targets for T {}

pub(super) use sealed::DraftsOf;

mod sealed {
    use super::{Aggregate, Arc, AtomicUsize, Draft, ErasedDraft, Target};

    pub trait DraftsOf: Send {
        /// The drafts that the decision gets: one for each target, in the same arrangement.
        type Drafts: Send;

        #[doc(hidden)]
        fn drafts(self, next_number: &Arc<AtomicUsize>) -> Self::Drafts;

        #[doc(hidden)]
        fn erase(drafts: &mut Self::Drafts) -> Vec<&mut dyn ErasedDraft>;
    }

    impl<A: Aggregate> DraftsOf for Target<A> {
        type Drafts = Draft<A>;

        fn drafts(self, next_number: &Arc<AtomicUsize>) -> Draft<A> {
            Draft::new(self, Arc::clone(next_number))
        }

        fn erase(draft: &mut Draft<A>) -> Vec<&mut dyn ErasedDraft> {
            vec![draft]
        }
    }

    impl<T: DraftsOf, const N: usize> DraftsOf for [T; N] {
        type Drafts = [T::Drafts; N];

        fn drafts(self, next_number: &Arc<AtomicUsize>) -> Self::Drafts {
            self.map(|target| target.drafts(next_number))
        }

        fn erase(drafts: &mut Self::Drafts) -> Vec<&mut dyn ErasedDraft> {
            drafts.iter_mut().flat_map(T::erase).collect()
        }
    }

    impl<T: DraftsOf> DraftsOf for Vec<T> {
        // A slice, since a draft that is removed from a `Vec` would take its events with it.
        type Drafts = Box<[T::Drafts]>;

        fn drafts(self, next_number: &Arc<AtomicUsize>) -> Self::Drafts {
            self.into_iter()
                .map(|target| target.drafts(next_number))
                .collect()
        }

        fn erase(drafts: &mut Self::Drafts) -> Vec<&mut dyn ErasedDraft> {
            drafts.iter_mut().flat_map(T::erase).collect()
        }
    }

    macro_rules! tuples {
        ($first:ident $($rest:ident)*) => {
            #[expect(non_snake_case, reason = "a name for a type and its value")]
            impl<$first: DraftsOf, $($rest: DraftsOf),*> DraftsOf for ($first, $($rest,)*) {
                type Drafts = ($first::Drafts, $($rest::Drafts,)*);

                fn drafts(self, next_number: &Arc<AtomicUsize>) -> Self::Drafts {
                    let ($first, $($rest,)*) = self;
                    ($first.drafts(next_number), $($rest.drafts(next_number),)*)
                }

                fn erase(drafts: &mut Self::Drafts) -> Vec<&mut dyn ErasedDraft> {
                    let ($first, $($rest,)*) = drafts;
                    let drafts = [$first::erase($first), $($rest::erase($rest)),*];
                    drafts.into_iter().flatten().collect()
                }
            }
            tuples!($($rest)*);
        };
        () => {};
    }
    tuples!(T1 T2 T3 T4 T5 T6);
}
/// The settings that all targets share. Checks that the targets are in one store and of one tenant, and
/// that no aggregate is named twice.
pub(crate) fn common_settings<R>(
    drafts: &[&mut dyn ErasedDraft],
) -> Result<Settings, ExecuteError<R>> {
    let refused = |reason: String| Err(ExecuteError::Targets { reason });
    let Some(first) = drafts.first() else {
        return refused("there is no aggregate to decide on".to_owned());
    };
    let mut seen = HashSet::new();
    for draft in drafts {
        if draft.settings().store.id() != first.settings().store.id() {
            let (one, other) = (first.stream(), draft.stream());
            return refused(format!("{one} and {other} are in different stores"));
        }
        if draft.stream().tenant() != first.stream().tenant() {
            let (one, other) = (first.stream(), draft.stream());
            return refused(format!("{one} and {other} are of different tenants"));
        }
        if !seen.insert(draft.stream()) {
            return refused(format!("{} is named twice in one decision", draft.stream()));
        }
    }
    Ok(first.settings().clone())
}

/// A decision on drafts.
pub(crate) type Decide<'a, T, R> =
    Box<dyn FnMut(&mut <T as DraftsOf>::Drafts) -> Result<(), R> + Send + 'a>;
