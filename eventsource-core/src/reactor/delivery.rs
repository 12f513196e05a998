//! That an event reaches a reactor.

use uuid::{Builder, Uuid, uuid};

use crate::event::Recorded;
use crate::values::{Id, Position};

/// Under which the ids of deliveries are made. Never to be changed: whoever deduplicates by them
/// knows those that were made with it.
const NAMESPACE: Uuid = uuid!("0b6f1c52-8d0e-5a3b-9f47-3e2d5c71a9e4");

/// That an event reaches a reactor: what to deduplicate by.
///
/// ```
/// use eventsource_core::{
///     Aggregate, Apply, Delivery, Id, MemoryReadModels, MemoryStore, React, Reactor, Recorded,
///     Repository, Runner, event,
/// };
///
/// # #[event] pub enum OrderEvent { Placed { stock: Id<Stock> } }
/// # #[derive(Aggregate, Default)] #[aggregate(event = OrderEvent)] pub struct Order;
/// # impl Apply<OrderEvent> for Order { fn apply(&mut self, _: OrderEvent) {} }
/// # #[event] pub enum StockEvent { Reserved }
/// # #[derive(Aggregate, Default)] #[aggregate(event = StockEvent)] pub struct Stock { reserved: u32 }
/// # impl Apply<StockEvent> for Stock { fn apply(&mut self, _: StockEvent) { self.reserved += 1; } }
/// # #[derive(Debug, thiserror::Error)] #[error("sold out")] pub struct SoldOut;
/// # impl Stock { fn reserve(&self) -> Result<StockEvent, SoldOut> { Ok(StockEvent::Reserved) } }
/// #[derive(Reactor)]
/// #[reactor(name = "reservations", event = OrderEvent(Placed))]
/// struct Reservations {
///     stocks: Repository<Stock>,
/// }
///
/// impl React<OrderEvent> for Reservations {
///     type Error = Box<dyn std::error::Error + Send + Sync>;
///
///     async fn react(
///         &self,
///         event: &Recorded<OrderEvent>,
///         delivery: &Delivery,
///     ) -> Result<(), Self::Error> {
///         let OrderEvent::Placed { stock } = event.event;
///         // Carried out once, however often it is delivered:
///         let reserve = self.stocks.execute(stock, |stock| stock.reserve());
///         reserve.on_delivery(delivery, 0).await?;
///         Ok(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
/// let stocks = Repository::<Stock>::new(store.clone());
/// let reservations = Reservations { stocks: stocks.clone() };
/// let runner = Runner::new(store.clone(), models).react(reservations);
/// runner.catch_up().await?; // from now on
///
/// let (orders, tea) = (Repository::<Order>::new(store), Id::new());
/// let placed = |_: &Order| Ok::<_, SoldOut>(OrderEvent::Placed { stock: tea });
/// orders.execute(Id::new(), placed).await?;
/// runner.catch_up().await?;
/// assert_eq!(stocks.load(tea).await?.reserved, 1);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// The same whenever this event is delivered to this reactor, and no other's. Of an event that
    /// became several by an upcast, each part has one; that of the first is what the whole event had.
    pub id: Uuid,
    /// Which attempt this is, from 1. One of which it could not be stored how it went, as when the
    /// process was killed, is not counted.
    pub attempt: u32,
    /// The commit that the event came in.
    cause: Uuid,
}

impl Delivery {
    /// What a reactor of this name gets of an event in this store.
    pub(crate) fn new<E>(store: Uuid, reactor: &str, event: &Recorded<E>, attempt: u32) -> Self {
        Self {
            id: id(store, reactor, event.position, event.part),
            attempt,
            cause: event.commit.id,
        }
    }

    /// An id for the commit of the command number `n` of this reaction: the same whenever the event
    /// is delivered. [`Execute::on_delivery`](crate::repository::Execute::on_delivery) uses it.
    #[must_use]
    pub fn commit_id(&self, n: u32) -> Uuid {
        Uuid::new_v5(&self.id, &n.to_le_bytes())
    }

    /// The id of the aggregate number `n` that this reaction brings into being: the same whenever the
    /// event is delivered. An [`Id::new`] would be another one each time. It is a UUID of version 8:
    /// those of version 5 are made of names alone, and can be guessed.
    #[must_use]
    pub fn new_id<A>(&self, n: u32) -> Id<A> {
        let aggregates = Uuid::new_v5(&self.id, b"aggregates");
        let hashed = Uuid::new_v5(&aggregates, &n.to_le_bytes());
        Id::from_uuid(Builder::from_custom_bytes(hashed.into_bytes()).into_uuid())
    }

    pub(crate) fn cause(&self) -> Uuid {
        self.cause
    }
}

fn id(store: Uuid, reactor: &str, position: Position, part: u32) -> Uuid {
    let reactor = Uuid::new_v5(
        &Uuid::new_v5(&NAMESPACE, store.as_bytes()),
        reactor.as_bytes(),
    );
    let mut event = Vec::with_capacity(16);
    event.extend_from_slice(&position.log().to_le_bytes());
    event.extend_from_slice(&position.offset().get().to_le_bytes());
    event.extend_from_slice(&part.to_le_bytes());
    Uuid::new_v5(&reactor, &event)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A failure means that what was done already would be taken for something new.
    #[test]
    fn the_ids_are_what_they_ever_were() {
        let id = id(
            Uuid::from_u128(7),
            "receipts",
            Position::new(17).in_log(1),
            2,
        );
        assert_eq!(id.to_string(), "5c1df091-ba66-5d1a-842e-560bf262d3d6");
        let delivery = Delivery {
            id,
            attempt: 1,
            cause: Uuid::nil(),
        };
        assert_eq!(
            delivery.commit_id(1).to_string(),
            "df227fea-126d-5907-a8a8-0f6e7b329430"
        );
        let aggregates = [0, 1].map(|n| delivery.new_id::<()>(n).to_string());
        assert_eq!(
            aggregates,
            [
                "b129ee2b-036a-859d-ab6b-8e5501d246eb",
                "0e820cdd-eb88-803b-8a07-7de7b37b9dc7"
            ]
        );
    }

    #[test]
    fn each_event_part_reactor_and_store_has_its_own() {
        let (store, at) = (Uuid::from_u128(7), Position::new(17));
        let ids = [
            id(store, "a", at, 0),
            id(store, "a", at, 1),
            id(store, "a", at.in_log(1), 0),
            id(store, "a", Position::new(18), 0),
            id(store, "b", at, 0),
            id(Uuid::from_u128(8), "a", at, 0),
        ];
        for (index, id) in ids.iter().enumerate() {
            assert!(!ids[..index].contains(id), "{index}");
        }
    }
}
