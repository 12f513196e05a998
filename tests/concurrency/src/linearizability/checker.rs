//! The search of Wing and Gong for an order that explains a history, with the memory of Lowe: what
//! was tried once is not tried again.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;

/// What a client asked, and between which moments it happened, if it did.
#[derive(Clone, Debug)]
pub struct Call<O> {
    /// When it was asked.
    pub invoked: u64,
    /// When it was answered. Without, it may have happened at any time after it was asked, or not
    /// at all.
    pub answered: Option<u64>,
    /// What was asked and answered.
    pub operation: O,
}

/// The same thing with one client.
pub trait Model: Clone + Eq + Hash {
    /// What can be asked, with the answer.
    type Operation: fmt::Debug;

    /// The state afterwards; `None` if this would have been answered otherwise, or if it has no
    /// answer and would change nothing.
    fn step(&self, operation: &Self::Operation) -> Option<Self>;
}

/// A history that no order explains.
pub struct Violation<'c, O> {
    calls: &'c [Call<O>],
    /// The longest way that the search came.
    explained: Vec<usize>,
}

/// Whether some order of the calls explains all their answers. The order keeps to time: what was
/// answered before another was asked comes before it.
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
            // What changes nothing stands in nobody's way: if it can be now, it may be now.
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
