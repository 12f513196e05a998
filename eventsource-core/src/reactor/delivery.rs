//! The delivery of an event to a reactor.

use uuid::{Builder, Uuid, uuid};

use crate::event::Recorded;
use crate::values::Id;

/// The namespace of the ids of deliveries. It must never change, since receivers deduplicate by ids that
/// were made with it.
const NAMESPACE: Uuid = uuid!("0b6f1c52-8d0e-5a3b-9f47-3e2d5c71a9e4");

/// The delivery of an event to a reactor, with an id for deduplication.
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
///         recorded: &Recorded<OrderEvent>,
///         delivery: &Delivery,
///     ) -> Result<(), Self::Error> {
///         let OrderEvent::Placed { stock } = recorded.event;
///         // Idempotent: it has its effect once for all deliveries of the event.
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
#[doc(alias("at-least-once", "idempotency key", "message", "outbox"))]
pub struct Delivery {
    /// The id of this event's delivery to this reactor: the same for each delivery, also from a copy of
    /// the store, and different for any other event or reactor. It is made of the event's stream, version
    /// and commit, so that another event at the same version, after a backup was restored, has another
    /// id. If an upcast makes several events of one, each part has an id, and the first part has that of
    /// the whole event.
    pub id: Uuid,
    /// The number of attempts to deliver the commit of the event, including this one. It is 1 unless the
    /// event may have been delivered before.
    ///
    /// An attempt is stored before the first event of the commit is delivered, and before each retry of an
    /// event that failed, so that an attempt counts even if a crash or a lost lease cuts it off. For an
    /// event that waits behind a failed one of the same commit and stream, earlier deliveries are not
    /// counted. After a power cut the count may be lower.
    ///
    /// The count is stored with the checkpoint of the reactor, for the commit that comes next after it. If
    /// another commit comes next when the reactor continues, that commit gets the count, and the commit that was
    /// begun has attempt 1 when it comes later. This happens if a backup of the log was restored and callers sent
    /// their commits again in another order, and if a new version of the reactor lists more events.
    pub attempt: u32,
    /// The commit of the event.
    cause: Uuid,
}

impl Delivery {
    /// The delivery of an event to the reactor of this name.
    pub(crate) fn new<E>(reactor: &str, recorded: &Recorded<E>, attempt: u32) -> Self {
        Self {
            id: id(reactor, recorded),
            attempt,
            cause: recorded.commit().id,
        }
    }

    /// An id for the commit of the command number `n` of this reaction: the same for each delivery of the
    /// event. [`Execute::on_delivery`](crate::repository::Execute::on_delivery) uses it.
    #[must_use]
    pub fn commit_id(&self, n: u32) -> Uuid {
        Uuid::new_v5(&self.id, &n.to_le_bytes())
    }

    /// An id for the aggregate number `n` that this reaction creates: the same for each delivery of the
    /// event, unlike [`Id::new`]. It is a UUID of version 8, since those of version 5 are made of names
    /// alone and can be guessed.
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

/// The UUID of version 5 of everything that identifies an event and its part. The length precedes each
/// text, so that different events cannot have the same bytes.
fn id<E>(reactor: &str, recorded: &Recorded<E>) -> Uuid {
    let stream = recorded.stream();
    let mut name = Vec::with_capacity(128);
    for text in [reactor, stream.tenant(), stream.category()] {
        name.extend_from_slice(&(text.len() as u64).to_le_bytes());
        name.extend_from_slice(text.as_bytes());
    }
    name.extend_from_slice(stream.root_id().as_bytes());
    name.extend_from_slice(&recorded.version().to_le_bytes());
    name.extend_from_slice(recorded.commit().id.as_bytes());
    name.extend_from_slice(&recorded.part().to_le_bytes());
    Uuid::new_v5(&NAMESPACE, &name)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::{CommitHeader, Digest, DigestEncoding};
    use crate::values::{Position, StreamId, Timestamp};

    /// If it fails, receivers would not recognise earlier deliveries.
    #[test]
    fn the_ids_are_what_they_ever_were() {
        let id = id("receipts", &event());
        assert_eq!(id.to_string(), "c5771778-d1af-5479-a31e-8ad00b183b45");
    }

    /// Ids that are derived from the id of a delivery never change, either.
    #[test]
    fn the_ids_that_are_made_of_one_are_what_they_ever_were() {
        let id = uuid!("5c1df091-ba66-5d1a-842e-560bf262d3d6");
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
    fn whatever_identifies_an_event_makes_another_id() {
        let changed = |change: fn(&mut Recorded<()>)| {
            let mut event = event();
            change(&mut event);
            id("receipts", &event)
        };
        let in_stream = |category: &'static str, tenant: &'static str| {
            let mut event = event();
            event.stream = StreamId::new(category, event.stream.root_id()).in_tenant(tenant);
            id("receipts", &event)
        };
        let ids = [
            id("receipts", &event()),
            id("receipt", &event()),
            in_stream("order", "acm"),
            in_stream("orders", "acme"),
            in_stream("eorder", "acm"),
            changed(|it| it.stream = StreamId::new("order", Uuid::nil()).in_tenant("acme")),
            changed(|it| it.version += 1),
            changed(|it| it.commit = header(Uuid::from_u128(4))),
            changed(|it| it.part += 1),
        ];
        for (index, id) in ids.iter().enumerate() {
            assert!(!ids[..index].contains(id), "{index}");
        }
    }

    #[test]
    fn a_copy_has_the_same_id_at_another_position() {
        let mut copied = event();
        copied.position = Position::new(99).in_log(3);
        assert_eq!(id("receipts", &copied), id("receipts", &event()));
    }

    fn event() -> Recorded<()> {
        Recorded {
            event: (),
            stream: StreamId::new("order", Uuid::from_u128(7)).in_tenant("acme"),
            version: 3,
            position: Position::new(17),
            part: 2,
            commit: header(Uuid::from_u128(11)),
        }
    }

    fn header(id: Uuid) -> Arc<CommitHeader> {
        let (first, time) = (Position::new(17), Timestamp::default());
        CommitHeader::new(
            id,
            first,
            1,
            time,
            Digest::from_bytes(DigestEncoding::Tree, [0; 32]),
        )
        .into()
    }
}
