//! A year of a shop in seconds, under every fault: `cargo run --release -p simulated -- 150000`.
mod follow;

use std::process::ExitCode;

use cart::Cart;
use eventsource_core::{Repository, Runner};
use eventsource_simulation::{BoxError, Client, Process, Simulation, Year};
use follow::{Demand, Labels};
use indicatif::{ProgressBar, ProgressStyle};

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

fn main() -> ExitCode {
    let commands = match std::env::args().nth(1).map(|it| it.parse()) {
        None => 2_000,
        Some(Ok(commands)) => commands,
        Some(Err(_)) => {
            eprintln!("usage: simulated [COMMANDS]\n\nCOMMANDS is a number, 2000 by default");
            return ExitCode::FAILURE;
        }
    };
    let bar = bar(commands);
    let sent = bar.clone();
    let simulation = Simulation::new(start)
        .clients(8, move |carts, client| {
            sent.inc(1);
            customer(carts, client)
        })
        .commands(commands)
        .calendar(Year::of(2017))
        .rows_equal_fold::<Demand>()
        .effects_once("labels", "cart.shipping-entered")
        .always::<Cart>(|cart| cart.items.values().all(|quantity| *quantity > 0));
    let report = simulation.seeds(0..1).run();
    bar.finish_and_clear();
    println!("{report}");
    ExitCode::SUCCESS
}

/// The commands that were sent, on a terminal only.
fn bar(commands: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {percent:>3} %");
    let style = style.expect("the template is well-formed");
    ProgressBar::new(commands).with_style(style.progress_chars("##-"))
}
