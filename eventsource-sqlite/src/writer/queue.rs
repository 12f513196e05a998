//! In which order requests are written.

use std::collections::VecDeque;

use super::group::Request as _;
use super::request::{Request, Work};

/// A group of steps takes no further one once it changes so many rows: that long an append may
/// have to wait.
const ROWS: usize = 500;

/// Steps of models wait behind what others store, and each kind is written in groups of its own:
/// an append is answered before a step that waits beside it. Both have their turns, so that neither
/// waits for ever.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    log: VecDeque<Request>,
    models: VecDeque<Request>,
    /// Whether this group is of models.
    of_models: bool,
    /// How many rows this group changes, if it is of models.
    rows: usize,
    /// Whether models waited for this group.
    models_waited: bool,
}

impl Turns {
    pub(crate) fn add(&mut self, request: Request) {
        if request.is_of_model() {
            self.models.push_back(request);
        } else {
            self.log.push_back(request);
        }
    }

    /// Takes requests again that a group had no time for: before the others of their kind, in their
    /// order.
    pub(crate) fn put_back(&mut self, rest: Vec<Request>) {
        for request in rest.into_iter().rev() {
            match &request.work {
                // The steps of other models, such as heartbeats, do not wait until it is done.
                Work::Model(step) if step.has_begun() => self.models.push_back(request),
                Work::Model(_) => self.models.push_front(request),
                Work::Store(_) | Work::Keep(_) => self.log.push_front(request),
            }
        }
    }

    pub(crate) fn waiting(&self) -> usize {
        self.log.len() + self.models.len()
    }

    /// The first request of the next group.
    pub(crate) fn begin(&mut self) -> Option<Request> {
        let is_their_turn = self.log.is_empty() || self.models_waited;
        self.of_models = is_their_turn && !self.models.is_empty();
        self.models_waited = !self.of_models && !self.models.is_empty();
        self.rows = 0;
        self.go_on()
    }

    /// The next request of this group.
    pub(crate) fn go_on(&mut self) -> Option<Request> {
        if !self.of_models {
            return self.log.pop_front();
        }
        if self.rows >= ROWS {
            return None;
        }
        let step = self.models.pop_front()?;
        self.rows += step.size().0;
        Some(step)
    }
}

#[cfg(test)]
mod tests {
    use eventsource_core::read_model::Model;
    use tokio::sync::oneshot;

    use super::*;
    use crate::models::Step;

    fn request(of_model: bool) -> Request {
        let model = || Model::new("demand", 1, Vec::new());
        let work = if of_model {
            Work::Model(Step::RemoveOlder(model()))
        } else {
            Work::Store(Vec::new())
        };
        let answer = oneshot::channel().0;
        Request { work, answer }
    }

    /// The groups, `a` for an append and `m` for a step of a model.
    fn groups(turns: &mut Turns) -> String {
        let mut groups = String::new();
        let letter = |request: Request| if request.is_of_model() { 'm' } else { 'a' };
        while let Some(first) = turns.begin() {
            groups.push(letter(first));
            while let Some(next) = turns.go_on() {
                groups.push(letter(next));
            }
            groups.push(' ');
        }
        groups
    }

    #[test]
    fn appends_come_first_and_in_groups_of_their_own() {
        let mut turns = Turns::default();
        for kind in "mamama".chars() {
            turns.add(request(kind == 'm'));
        }
        assert_eq!(groups(&mut turns), "aaa mmm ");
    }

    #[test]
    fn what_a_group_had_no_time_for_comes_after_the_appends_that_wait() {
        let mut turns = Turns::default();
        turns.add(request(true));
        turns.add(request(true));
        let first = turns.begin().unwrap();
        let rest = vec![first, turns.go_on().unwrap()];
        turns.add(request(false));
        turns.put_back(rest);
        assert_eq!(groups(&mut turns), "a mm ");
    }

    #[test]
    fn each_kind_has_its_turn_however_many_wait_of_the_other() {
        let mut turns = Turns::default();
        let mut order = String::new();
        for _ in 0..4 {
            turns.add(request(true));
            turns.add(request(false));
            turns.add(request(false));
            let first = turns.begin().unwrap();
            order.push(if first.is_of_model() { 'm' } else { 'a' });
            // A group that is full leaves the others waiting.
        }
        assert_eq!(order, "amam");
    }
}
