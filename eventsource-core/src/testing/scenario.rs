//! Tests of decisions: given some events, when a decision is made, then other events.

use std::fmt::{self, Debug, Write as _};

use uuid::Uuid;

use crate::aggregate::{Aggregate, DecisionResult, Handle};
use crate::codec::Codec;
use crate::event::encode::encode;
use crate::event::{EventSet, IntoEvents, Recorded};
use crate::values::StreamId;

/// Tests of decisions without a store: `Cart::given(events).when(decision).then(events)`.
///
/// ```
/// use eventsource_core::testing::Scenario;
/// # use eventsource_core::{Aggregate, Apply, event};
/// # #[event] pub enum CartEvent { CheckedOut }
/// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart { closed: bool }
/// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) { self.closed = true } }
/// # impl Cart {
/// #     fn check_out(&self) -> Result<CartEvent, &'static str> {
/// #         if self.closed { Err("closed") } else { Ok(CartEvent::CheckedOut) }
/// #     }
/// # }
///
/// Cart::given(()).when(|cart| cart.check_out()).then(CartEvent::CheckedOut);
/// Cart::given([CartEvent::CheckedOut]).when(|cart| cart.check_out()).then_refused("closed");
/// ```
#[doc(alias("given when then", "test fixture", "test kit"))]
pub trait Scenario: Aggregate {
    /// The aggregate after `events`.
    #[must_use]
    fn given(events: impl IntoEvents<Self::Event>) -> Self {
        let mut state = Self::default();
        for event in collect(events) {
            state.apply(event);
        }
        state
    }

    /// The aggregate after a [history](crate::Repository::history), in which each event has its time
    /// and its metadata. The state sees the events alone, as it does in a repository.
    ///
    /// ```
    /// use eventsource_core::testing::Scenario;
    /// # use eventsource_core::{Aggregate, Apply, Id, MemoryStore, Repository, event};
    /// # #[event] pub enum CartEvent { CheckedOut }
    /// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart { closed: bool }
    /// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) { self.closed = true } }
    /// # impl Cart {
    /// #     fn check_out(&self) -> Result<CartEvent, &'static str> {
    /// #         if self.closed { Err("closed") } else { Ok(CartEvent::CheckedOut) }
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (carts, id) = (Repository::<Cart>::new(MemoryStore::new()), Id::new());
    /// # carts.execute(id, |cart| cart.check_out()).await.unwrap();
    /// let history = carts.history(id).await?;
    /// Cart::given_recorded(history).when(|cart| cart.check_out()).then_refused("closed");
    /// # Ok(()) }
    /// ```
    #[must_use]
    fn given_recorded(history: impl IntoIterator<Item = Recorded<Self::Event>>) -> Self {
        let events = history.into_iter().map(|recorded| recorded.event);
        Self::given(events.collect::<Vec<_>>())
    }

    /// Runs a decision on the aggregate.
    ///
    /// # Panics
    ///
    /// If a decided event cannot be stored or applied.
    #[track_caller]
    fn when<D>(mut self, decide: impl FnOnce(&Self) -> D) -> Outcome<Self, D::Refusal>
    where
        D: DecisionResult<Self::Event>,
    {
        let decided = decide(&self).into_result().map(collect);
        for event in decided.iter().flatten() {
            self.apply(stored(event));
        }
        Outcome(decided)
    }

    /// Runs a command that is data on the aggregate.
    ///
    /// # Panics
    ///
    /// See [`when`](Self::when).
    #[track_caller]
    fn when_handling<C: ?Sized>(self, command: &C) -> Outcome<Self, <Self as Handle<C>>::Error>
    where
        Self: Handle<C>,
    {
        self.when(|state| state.handle(command))
    }
}

impl<A: Aggregate> Scenario for A {}

/// The outcome of a decision, to be checked.
///
/// ```
/// use eventsource_core::testing::{Outcome, Scenario};
/// # use eventsource_core::{Aggregate, Apply, event};
/// # #[event] pub enum CartEvent { CheckedOut }
/// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart { closed: bool }
/// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) { self.closed = true } }
/// # impl Cart {
/// #     fn check_out(&self) -> Result<Vec<CartEvent>, &'static str> {
/// #         Ok(if self.closed { Vec::new() } else { vec![CartEvent::CheckedOut] })
/// #     }
/// # }
///
/// fn check_out(cart: Cart) -> Outcome<Cart, &'static str> {
///     cart.when(|cart| cart.check_out())
/// }
///
/// check_out(Cart::given(())).then(CartEvent::CheckedOut);
/// check_out(Cart::given(CartEvent::CheckedOut)).then_nothing();
/// ```
#[must_use = "call `then`, `then_refused` or `then_nothing`"]
pub struct Outcome<A: Aggregate, R>(Result<Vec<A::Event>, R>);

impl<A: Aggregate, R: Debug> Outcome<A, R> {
    /// Checks that exactly these events were decided.
    ///
    /// # Panics
    ///
    /// If the events differ. The message shows the expected and the decided events.
    #[track_caller]
    pub fn then(self, expected: impl IntoEvents<A::Event>) {
        let expected = collect(expected);
        match self.0 {
            Ok(decided) if decided == expected => {}
            Ok(decided) => panic!(
                "the decision was another\n{}",
                difference(&expected, &decided)
            ),
            Err(refusal) => {
                panic!(
                    "the decision was refused: {refusal:?}\n{}",
                    difference(&expected, &[])
                )
            }
        }
    }

    /// Checks that no event was decided.
    ///
    /// # Panics
    ///
    /// If an event was decided, or the decision was rejected.
    #[track_caller]
    pub fn then_nothing(self) {
        self.then(());
    }

    /// Checks that the decision was rejected with this error.
    ///
    /// # Panics
    ///
    /// If it was not. The message shows the actual outcome.
    #[track_caller]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a refusal is written where it is compared"
    )]
    pub fn then_refused(self, expected: R)
    where
        R: PartialEq,
    {
        match self.0 {
            Err(refusal) if refusal == expected => {}
            Err(refusal) => panic!(
                "the decision was refused for another reason\n  expected: {expected:?}\n   refused: {refusal:?}"
            ),
            Ok(decided) => panic!(
                "the decision was not refused\n  expected: {expected:?}\n   decided:\n{}",
                difference(&decided, &decided)
            ),
        }
    }
}

impl<A: Aggregate, R: Debug> Debug for Outcome<A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outcome").field(&self.0).finish()
    }
}

/// The event, encoded and decoded as by a store.
#[track_caller]
fn stored<S: EventSet>(event: &S) -> S {
    let stream = StreamId::new("scenario", Uuid::nil());
    match encode(&stream, Codec::Json, event) {
        Ok((_, back)) => back,
        Err(error) => panic!("the decision cannot be stored: {error}"),
    }
}

fn collect<S>(events: impl IntoEvents<S>) -> Vec<S> {
    let mut all = Vec::new();
    events.append_to(&mut all);
    all
}

/// Numbers the events, with `-` before one that is missing and `+` before one that was not expected.
fn difference<E: Debug + PartialEq>(expected: &[E], decided: &[E]) -> String {
    let mut lines = String::new();
    let mut line = |mark: char, number: usize, event: &E| {
        let _ = writeln!(lines, "  {mark} {}. {event:?}", number + 1);
    };
    for number in 0..expected.len().max(decided.len()) {
        match (expected.get(number), decided.get(number)) {
            (Some(expected), Some(decided)) if expected == decided => line(' ', number, expected),
            (expected, decided) => {
                if let Some(event) = expected {
                    line('-', number, event);
                }
                if let Some(event) = decided {
                    line('+', number, event);
                }
            }
        }
    }
    if lines.is_empty() {
        "  (no events)".to_owned()
    } else {
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn the_difference_marks_what_is_missing_and_what_was_not_expected() {
        let difference = difference(&["opened", "closed"], &["opened", "lost", "closed"]);
        assert_eq!(
            difference,
            "    1. \"opened\"\n  - 2. \"closed\"\n  + 2. \"lost\"\n  + 3. \"closed\"\n"
        );
    }
}
