use eventsource_core::runner::Pipeline;
use eventsource_core::store::StoreErrorKind;
use eventsource_core::{
    Aggregate, Apply, Delivery, ExecuteError, Id, MemoryStore, Metadata, React, Reactor, Recorded,
    Repository, event,
};

use crate::flaky::Flaky;
use crate::shop::{Order, OrderEvent, Shop};

#[event]
pub(crate) enum StockEvent {
    Reserved,
}

#[derive(Aggregate, Default)]
#[aggregate(event = StockEvent)]
pub(crate) struct Stock {
    reserved: u32,
}

impl Apply<StockEvent> for Stock {
    fn apply(&mut self, _: StockEvent) {
        self.reserved += 1;
    }
}

#[derive(Debug, thiserror::Error)]
#[error("sold out")]
struct SoldOut;

impl Stock {
    /// One is kept back.
    fn reserve(&self) -> Result<StockEvent, SoldOut> {
        if self.reserved < 1_000 {
            Ok(StockEvent::Reserved)
        } else {
            Err(SoldOut)
        }
    }
}

fn tea() -> Id<Stock> {
    Id::from_name("tea")
}

fn mugs() -> Id<Stock> {
    Id::from_name("mugs")
}

/// For each order reserves tea twice, and a mug.
#[derive(Reactor)]
#[reactor(name = "reservations", event = OrderEvent(Placed))]
struct Reservations {
    stocks: Repository<Stock>,
}

impl React<OrderEvent> for Reservations {
    type Error = ExecuteError<SoldOut>;

    async fn react(
        &self,
        _: &Recorded<OrderEvent>,
        delivery: &Delivery,
    ) -> Result<(), Self::Error> {
        for (n, stock) in [(0, tea()), (1, tea()), (2, mugs())] {
            let reserve = self.stocks.execute(stock, Stock::reserve);
            reserve.on_delivery(delivery, n).await?;
        }
        Ok(())
    }
}

fn reservations(store: &MemoryStore) -> (Repository<Stock>, Pipeline) {
    let stocks = Repository::new(store.clone());
    let reactor = Reservations {
        stocks: stocks.clone(),
    };
    (stocks, Pipeline::reactor(reactor).from_start().into())
}

#[tokio::test]
async fn what_a_reactor_commands_happens_once_although_it_is_delivered_again() {
    for every in 1..4 {
        let shop = Shop::default();
        for number in 0..20 {
            shop.place(number).await;
        }
        let flaky = Flaky::new(shop.models.clone(), StoreErrorKind::Unavailable, every);
        let (stocks, pipeline) = reservations(&shop.store);
        let runner = shop.runner_on(flaky.clone()).run(pipeline);
        while runner.catch_up().await.is_err() {}
        assert!(flaky.writes.load(std::sync::atomic::Ordering::SeqCst) > 20);
        assert_eq!(
            stocks.load(tea()).await.unwrap().reserved,
            40,
            "every {every}"
        );
        assert_eq!(
            stocks.load(mugs()).await.unwrap().reserved,
            20,
            "every {every}"
        );
    }
}

#[tokio::test]
async fn a_command_knows_which_commit_caused_it() {
    let shop = Shop::default();
    let placed = [OrderEvent::Placed { number: 1 }];
    let receipt = shop.happened(Id::<Order>::new(), &placed).await;
    let (stocks, pipeline) = reservations(&shop.store);
    shop.runner().run(pipeline).catch_up().await.unwrap();
    let history = stocks.history(mugs()).await.unwrap();
    let cause = &history[0].commit().metadata().causation;
    assert_eq!(*cause, Some(receipt.commit_id.to_string()));
}

/// Says itself what caused what it commands, before or after it says on which delivery.
#[derive(Reactor)]
#[reactor(name = "sayer", event = OrderEvent(Placed))]
struct Sayer {
    stocks: Repository<Stock>,
}

impl React<OrderEvent> for Sayer {
    type Error = ExecuteError<SoldOut>;

    async fn react(
        &self,
        _: &Recorded<OrderEvent>,
        delivery: &Delivery,
    ) -> Result<(), Self::Error> {
        let own = || Metadata::new().causation("a whim");
        let reserve = || self.stocks.execute(tea(), Stock::reserve);
        reserve().metadata(own()).on_delivery(delivery, 0).await?;
        reserve().on_delivery(delivery, 1).metadata(own()).await?;
        let actor = Metadata::new().actor("sayer");
        reserve().on_delivery(delivery, 2).metadata(actor).await?;
        Ok(())
    }
}

#[tokio::test]
async fn what_the_caller_says_of_the_cause_stays() {
    let shop = Shop::default();
    let placed = [OrderEvent::Placed { number: 1 }];
    let receipt = shop.happened(Id::<Order>::new(), &placed).await;
    let stocks = Repository::<Stock>::new(shop.store.clone());
    let sayer = Sayer {
        stocks: stocks.clone(),
    };
    let pipeline = Pipeline::reactor(sayer).from_start();
    shop.runner().run(pipeline).catch_up().await.unwrap();
    let history = stocks.history(tea()).await.unwrap();
    let metadata: Vec<_> = history
        .iter()
        .map(|recorded| recorded.commit().metadata())
        .collect();
    assert_eq!(metadata[0].causation.as_deref(), Some("a whim"));
    assert_eq!(metadata[1].causation.as_deref(), Some("a whim"));
    assert_eq!(metadata[2].causation, Some(receipt.commit_id.to_string()));
    assert_eq!(metadata[2].actor.as_deref(), Some("sayer"));
}
