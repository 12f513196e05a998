//! A process manager: an order is confirmed once the stock has reserved it.

use std::convert::Infallible;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

use eventsource_core::{
    Aggregate, Apply, Delivery, Id, React, Reactor, Recorded, Repository, Runner, event,
};
use eventsource_sqlite::SqliteStore;

#[event]
pub enum OrderEvent {
    Placed { product: String },
    Confirmed,
    Cancelled,
}

#[derive(Aggregate, Debug, Default)]
#[aggregate(event = OrderEvent)]
pub struct Order {
    pub state: &'static str,
}

impl Apply<OrderEvent> for Order {
    fn apply(&mut self, event: OrderEvent) {
        self.state = match event {
            OrderEvent::Placed { .. } => "placed",
            OrderEvent::Confirmed => "confirmed",
            OrderEvent::Cancelled => "cancelled",
        };
    }
}

/// The answer to a reservation is an event, so that the process goes on from what is stored.
#[event]
pub enum StockEvent {
    Filled { units: u32 },
    Reserved { order: Id<Order> },
    Declined { order: Id<Order> },
}

#[derive(Aggregate, Debug, Default)]
#[aggregate(event = StockEvent)]
pub struct Stock {
    units: u32,
}

impl Apply<StockEvent> for Stock {
    fn apply(&mut self, event: StockEvent) {
        match event {
            StockEvent::Filled { units } => self.units += units,
            StockEvent::Reserved { .. } => self.units -= 1,
            StockEvent::Declined { .. } => {}
        }
    }
}

impl Stock {
    fn reserve(&self, order: Id<Order>) -> Result<StockEvent, Infallible> {
        if self.units == 0 {
            return Ok(StockEvent::Declined { order });
        }
        Ok(StockEvent::Reserved { order })
    }
}

/// Commands the stock when an order was placed, and the order when the stock has answered.
#[derive(Reactor)]
#[reactor(
    name = "fulfilment",
    events(OrderEvent(Placed), StockEvent(Reserved, Declined))
)]
pub struct Fulfilment {
    orders: Repository<Order>,
    stocks: Repository<Stock>,
    mails: PathBuf,
}

type Failure = Box<dyn Error + Send + Sync>;

impl React<OrderEvent> for Fulfilment {
    type Error = Failure;

    async fn react(
        &self,
        recorded: &Recorded<OrderEvent>,
        delivery: &Delivery,
    ) -> Result<(), Failure> {
        if let OrderEvent::Placed { product } = &recorded.event {
            let (stock, order) = (Id::from_name(product), recorded.id());
            let reserve = self.stocks.execute(stock, |stock| stock.reserve(order));
            reserve.on_delivery(delivery, 0).await?;
        }
        Ok(())
    }
}

impl React<StockEvent> for Fulfilment {
    type Error = Failure;

    async fn react(
        &self,
        recorded: &Recorded<StockEvent>,
        delivery: &Delivery,
    ) -> Result<(), Failure> {
        let (order, answer) = match recorded.event {
            StockEvent::Reserved { order } => (order, OrderEvent::Confirmed),
            StockEvent::Declined { order } => (order, OrderEvent::Cancelled),
            StockEvent::Filled { .. } => return Ok(()),
        };
        let text = format!("your order is {answer:?}");
        let decide = |_: &Order| Ok::<_, Infallible>(answer.clone());
        let command = self.orders.execute(order, decide);
        command.on_delivery(delivery, 0).await?;
        // The id is the same if the event is delivered again, and so is the file.
        fs::write(self.mails.join(delivery.id.to_string()), text)?;
        Ok(())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let store = SqliteStore::open("orders.db").await?;
    let orders = Repository::<Order>::new(store.clone());
    let stocks = Repository::<Stock>::new(store.clone());
    let mails = PathBuf::from("mails");
    fs::create_dir_all(&mails)?;
    let fulfilment = Fulfilment {
        orders: orders.clone(),
        stocks: stocks.clone(),
        mails: mails.clone(),
    };
    let runner = Runner::new(store.clone(), store.clone()).react(fulfilment);
    runner.catch_up().await?; // the first start: it reacts to what happens from now on

    let fill = |_: &Stock| Ok::<_, Infallible>(StockEvent::Filled { units: 1 });
    stocks.execute(Id::from_name("tea"), fill).await?;
    let [first, second] = ["order 1", "order 2"].map(Id::<Order>::from_name);
    for order in [first, second] {
        let product = "tea".to_owned();
        let place = |_: &Order| {
            Ok::<_, Infallible>(OrderEvent::Placed {
                product: product.clone(),
            })
        };
        orders.execute(order, place).await?;
    }

    // In a service: `.start()`. Here: the orders, and then what the stock has answered.
    runner.catch_up().await?;
    runner.catch_up().await?;
    for order in [first, second] {
        println!("{}", orders.load(order).await?.state);
    }
    println!("{} mails", fs::read_dir(mails)?.count());
    store.close().await;
    Ok(())
}
