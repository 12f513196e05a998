//! A year of a shop in seconds: `cargo run --release -p simulated -- 150000`.

mod labels;

use cart::Cart;
use eventsource_core::{Repository, Runner};
use eventsource_simulation::{BoxError, Client, Faults, Process, Simulation, Year};
use labels::{Demand, Labels};

async fn start(process: Process) -> Result<Repository<Cart>, BoxError> {
    let (store, models) = (process.store(), process.read_models());
    let labels = Labels(process.clone());
    let runner = Runner::new(store.clone(), models).in_environment(process.environment());
    process.keep(runner.project::<Demand>().react(labels).start().await?);
    Ok(Repository::new(store).cached(100))
}

async fn customer(carts: Repository<Cart>, client: Client) -> Result<(), BoxError> {
    let cart = client.id::<Cart>("cart", 2_000);
    let sku = client.draw("sku").pick(&["tea", "sugar", "milk"]);
    match client.draw("does").below(10) {
        0..7 => carts.execute(cart, |cart| cart.add(sku, 1)).await?,
        7..9 => carts.execute(cart, |cart| cart.remove(sku)).await?,
        _ => {
            carts
                .execute(cart, |cart| cart.ship_to("12 High Street"))
                .await?
        }
    };
    Ok(())
}

fn main() {
    let commands = std::env::args().nth(1).and_then(|it| it.parse().ok());
    let report = Simulation::new(start)
        .processes(3)
        .clients(8, customer)
        .commands(commands.unwrap_or(2_000))
        .calendar(Year::of(2017))
        .faults(Faults::all())
        .seeds(0..4)
        .rows_equal_fold::<Demand>()
        .effects_once("labels", "cart.shipping-entered")
        .always::<Cart>(|cart| cart.items.values().all(|quantity| *quantity > 0))
        .sometimes("kill")
        .run();
    println!("{report}");
}
