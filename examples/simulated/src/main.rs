//! A year of a shop in seconds, under every fault: `cargo run --release -p simulated -- 150000`.
mod follow;

use cart::Cart;
use eventsource_core::{Repository, Runner};
use eventsource_simulation::{BoxError, Client, Process, Simulation, Year};
use follow::{Demand, Labels};

async fn start(process: Process) -> Result<Repository<Cart>, BoxError> {
    let (store, models) = (process.store(), process.read_models());
    let runner = Runner::new(store.clone(), models).in_environment(process.environment());
    let runner = runner.project::<Demand>().react(Labels(process.clone()));
    process.keep(runner.start().await?);
    Ok(Repository::new(store).cached(100))
}

async fn customer(carts: Repository<Cart>, client: Client) -> Result<(), BoxError> {
    let cart = client.id::<Cart>("cart", 2_000);
    let sku = client.draw("sku").pick(&["tea", "sugar", "milk"]);
    match client.draw("command").below(10) {
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
    let commands = std::env::args().nth(1).map_or(Ok(2_000), |it| it.parse());
    let simulation = Simulation::new(start)
        .clients(8, customer)
        .commands(commands.expect("the argument is a number of commands"))
        .calendar(Year::of(2017))
        .rows_equal_fold::<Demand>()
        .effects_once("labels", "cart.shipping-entered")
        .always::<Cart>(|cart| cart.items.values().all(|quantity| *quantity > 0));
    println!("{}", simulation.seeds(0..1).run());
}
