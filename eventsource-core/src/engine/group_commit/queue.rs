//! The order in which requests are written.

use std::collections::VecDeque;
use std::convert::Infallible;

use super::group::{Group, Request, RequestSize};
use super::message::Message;

/// A group of steps of read models is full once it changes this many rows, since appends wait for it.
const ROWS: usize = 500;
/// The capacity of a queue, behind which requests wait in their inbox.
const WAITING: usize = 1024;

/// The requests that wait to be written: appends, and steps of read models. A store without read models
/// leaves out `M`.
///
/// Each kind is written in groups of its own, and appends come first: an append is answered before a step
/// that waits at the same time. If both wait, their groups alternate, so that neither starves. The queue
/// does no I/O and never blocks: a thread or a task fills it and writes its groups.
///
/// [Example](crate::engine::group_commit#example).
#[derive(Debug)]
pub struct Queue<A, M = Infallible> {
    appends: VecDeque<A>,
    models: VecDeque<M>,
    /// Whether steps of models waited for the last group, which was of appends.
    models_waited: bool,
}

/// The next requests that are written in one transaction. See [`Queue`].
///
/// [Example](crate::engine::group_commit#example).
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a store has to write each of them")]
pub enum NextGroup<A, M = Infallible> {
    /// Appends.
    Appends(Group<A>),
    /// Steps of read models.
    Models(Group<M>),
}

impl<A, M> Default for Queue<A, M> {
    fn default() -> Self {
        Self {
            appends: VecDeque::new(),
            models: VecDeque::new(),
            models_waited: false,
        }
    }
}

impl<A: Request, M: Request> Queue<A, M> {
    /// Adds an append behind the others.
    pub fn add_append(&mut self, append: A) {
        self.appends.push_back(append);
    }

    /// Adds a step of a read model behind the others.
    pub fn add_model(&mut self, step: M) {
        self.models.push_back(step);
    }

    /// Adds the request of a message, if it has one.
    pub fn add(&mut self, message: Message<A, M>) {
        match message {
            Message::Append(append) => self.add_append(append),
            Message::Model(step) => self.add_model(step),
            Message::Idle | Message::Close => (),
        }
    }

    /// Whether the queue has room for a further request.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.appends.len() + self.models.len() < WAITING
    }

    /// Whether no request waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.appends.is_empty() && self.models.is_empty()
    }

    /// The next group; `None` if no request waits.
    pub fn next_group(&mut self) -> Option<NextGroup<A, M>> {
        let is_their_turn = self.appends.is_empty() || self.models_waited;
        let of_models = is_their_turn && !self.models.is_empty();
        self.models_waited = !of_models && !self.models.is_empty();
        if of_models {
            let steps = take(&mut self.models, |size| size.items >= ROWS);
            return Some(NextGroup::Models(Group::new(steps)));
        }
        let appends = take(&mut self.appends, RequestSize::fills_group);
        (!appends.is_empty()).then(|| NextGroup::Appends(Group::new(appends)))
    }

    /// Puts appends that a group had no time for back before the others.
    pub fn put_back_appends(&mut self, rest: Vec<A>) {
        for append in rest.into_iter().rev() {
            self.appends.push_front(append);
        }
    }

    /// Puts steps that a group had no time for back: before the others, or behind them if a part of the
    /// step is durable, so that the steps of other models, such as heartbeats, do not wait for the rest.
    pub fn put_back_models(&mut self, rest: Vec<M>) {
        let rest = rest.into_iter().filter(|step| !step.is_abandoned());
        for step in rest.rev() {
            if step.has_begun() {
                self.models.push_back(step);
            } else {
                self.models.push_front(step);
            }
        }
    }

    /// All requests, for a store that can write none of them.
    pub fn drain(&mut self) -> (impl Iterator<Item = A> + '_, impl Iterator<Item = M> + '_) {
        (self.appends.drain(..), self.models.drain(..))
    }
}

/// Removes the first requests, up to the one with which the group is full.
fn take<R: Request>(requests: &mut VecDeque<R>, is_full: impl Fn(&RequestSize) -> bool) -> Vec<R> {
    let mut size = RequestSize::default();
    let sizes = requests.iter().map(|request| {
        size = [size, request.size()].into_iter().sum();
        size
    });
    let before = sizes.take_while(|size| !is_full(size)).count();
    let count = requests.len().min(before + 1);
    requests.drain(..count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Work {
        items: usize,
        has_begun: bool,
        is_abandoned: bool,
    }

    impl Request for Work {
        type Answer = ();

        fn size(&self) -> RequestSize {
            RequestSize {
                items: self.items,
                bytes: 0,
            }
        }

        fn answer(self, (): ()) {}

        fn has_begun(&self) -> bool {
            self.has_begun
        }

        fn is_abandoned(&self) -> bool {
            self.is_abandoned
        }
    }

    fn of(items: usize) -> Work {
        Work {
            items,
            has_begun: false,
            is_abandoned: false,
        }
    }

    /// The sizes of the requests of each group, after `a` for appends and `m` for steps of models.
    fn groups(queue: &mut Queue<Work, Work>) -> Vec<(char, Vec<usize>)> {
        let next = std::iter::from_fn(|| queue.next_group());
        next.map(|group| match group {
            NextGroup::Appends(group) => ('a', sizes(&group)),
            NextGroup::Models(group) => ('m', sizes(&group)),
        })
        .collect()
    }

    fn sizes(group: &Group<Work>) -> Vec<usize> {
        group.requests().iter().map(|work| work.items).collect()
    }

    #[test]
    fn appends_come_first_and_in_groups_of_their_own() {
        let mut queue = Queue::default();
        for items in 1..4 {
            queue.add_model(of(items));
            queue.add_append(of(items));
        }
        let expected = [('a', vec![1, 2, 3]), ('m', vec![1, 2, 3])];
        assert_eq!(groups(&mut queue), expected);
    }

    #[test]
    fn a_group_ends_with_the_request_that_fills_it() {
        let mut queue = Queue::default();
        for items in [4095, 1, 1] {
            queue.add_append(of(items));
        }
        for items in [499, 1, 1] {
            queue.add_model(of(items));
        }
        let expected = [
            ('a', vec![4095, 1]),
            ('m', vec![499, 1]),
            ('a', vec![1]),
            ('m', vec![1]),
        ];
        assert_eq!(groups(&mut queue), expected);
    }

    #[test]
    fn what_a_group_had_no_time_for_comes_before_the_others_of_its_kind() {
        let mut queue = Queue::default();
        queue.add_model(of(3));
        queue.add_append(of(3));
        queue.put_back_models(vec![of(1), of(2)]);
        queue.put_back_appends(vec![of(1), of(2)]);
        let expected = [('a', vec![1, 2, 3]), ('m', vec![1, 2, 3])];
        assert_eq!(groups(&mut queue), expected);
    }

    #[test]
    fn a_step_that_goes_on_waits_behind_the_others_and_an_abandoned_one_is_dropped() {
        let mut queue: Queue<Work, _> = Queue::default();
        queue.add_model(of(3));
        let begun = Work {
            has_begun: true,
            ..of(1)
        };
        let abandoned = Work {
            is_abandoned: true,
            ..of(2)
        };
        queue.put_back_models(vec![begun, abandoned]);
        assert_eq!(groups(&mut queue), [('m', vec![3, 1])]);
    }

    #[test]
    fn each_kind_has_its_turn_however_many_wait_of_the_other() {
        let mut queue = Queue::default();
        let mut order = String::new();
        for _ in 0..4 {
            queue.add_model(of(500));
            queue.add_append(of(4096));
            queue.add_append(of(4096));
            let group = queue.next_group().unwrap();
            order.push(match group {
                NextGroup::Appends(_) => 'a',
                NextGroup::Models(_) => 'm',
            });
        }
        assert_eq!(order, "amam");
    }
}
