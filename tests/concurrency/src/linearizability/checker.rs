//! The search of Wing and Gong for a sequential order that explains a history, with the cache of Lowe:
//! a state that failed once is not searched again.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;

/// An operation of a client, with the times between which it took effect, if it did.
#[derive(Clone, Debug)]
pub struct Call<O> {
    /// The time of the request.
    pub invoked: u64,
    /// The time of the answer. Without one, the operation may have taken effect at any time after the
    /// request, or never.
    pub answered: Option<u64>,
    /// The request with its answer.
    pub operation: O,
}

/// A sequential model of the tested object: its behavior with one client.
pub trait Model: Clone + Eq + Hash {
    /// A request with its answer.
    type Operation: fmt::Debug;

    /// Returns the next state; `None` if the model gives another answer, or if the operation has no
    /// answer and would change nothing.
    fn step(&self, operation: &Self::Operation) -> Option<Self>;
}

/// A history that no order explains.
pub struct Violation<'c, O> {
    calls: &'c [Call<O>],
    /// The longest order that the search found.
    explained: Vec<usize>,
}

/// Checks that some order of the calls explains all their answers. The order respects time: a call
/// that was answered before another was requested precedes it.
///
/// # Errors
///
/// [`Violation`] if there is no such order.
///
/// # Panics
///
/// When there are more than 128 calls.
pub fn check<'c, M: Model>(
    start: &M,
    calls: &'c [Call<M::Operation>],
) -> Result<(), Violation<'c, M::Operation>> {
    assert!(calls.len() <= 128, "a history has at most 128 calls");
    let mut by_answer: Vec<usize> = (0..calls.len()).collect();
    by_answer.sort_by_key(|&call| calls[call].answered.unwrap_or(u64::MAX));
    let mut search = Search {
        calls,
        by_answer,
        tried: HashSet::new(),
        order: Vec::new(),
        longest: Vec::new(),
    };
    if search.explain(start, 0) {
        return Ok(());
    }
    Err(Violation {
        calls,
        explained: search.longest,
    })
}

struct Search<'c, M: Model> {
    calls: &'c [Call<M::Operation>],
    by_answer: Vec<usize>,
    tried: HashSet<(u128, M)>,
    order: Vec<usize>,
    longest: Vec<usize>,
}

impl<M: Model> Search<'_, M> {
    /// Whether the calls that are not `done` can follow on `state`.
    fn explain(&mut self, state: &M, done: u128) -> bool {
        let open: Vec<usize> = self
            .by_answer
            .iter()
            .copied()
            .filter(|call| done & bit(*call) == 0)
            .collect();
        let Some(first_answer) = open.first().and_then(|&call| self.calls[call].answered) else {
            return true;
        };
        if !self.tried.insert((done, state.clone())) {
            return false;
        }
        for call in open {
            if self.calls[call].invoked > first_answer {
                continue;
            }
            let Some(next) = state.step(&self.calls[call].operation) else {
                continue;
            };
            let explained = self.go_on(&next, done, call);
            // A call that changes nothing does not exclude any later order, so it can come first.
            if explained || next == *state {
                return explained;
            }
        }
        false
    }

    fn go_on(&mut self, next: &M, done: u128, call: usize) -> bool {
        self.order.push(call);
        if self.order.len() > self.longest.len() {
            self.longest.clone_from(&self.order);
        }
        let explained = self.explain(next, done | bit(call));
        self.order.pop();
        explained
    }
}

fn bit(call: usize) -> u128 {
    1 << call
}

impl<O: fmt::Debug> fmt::Debug for Violation<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |f: &mut fmt::Formatter<'_>, call: usize| {
            let Call {
                invoked,
                answered,
                operation,
            } = &self.calls[call];
            writeln!(f, "  {invoked:>4} to {answered:?}: {operation:?}")
        };
        writeln!(
            f,
            "no order explains this history; explained were, in this order:"
        )?;
        self.explained.iter().try_for_each(|&call| show(f, call))?;
        writeln!(f, "and not:")?;
        let open = (0..self.calls.len()).filter(|call| !self.explained.contains(call));
        open.into_iter().try_for_each(|call| show(f, call))
    }
}
