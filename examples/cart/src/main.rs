//! A cart with a history: run it again and again.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use eventsource_core::{Id, Recorded, Repository};
use eventsource_sqlite::SqliteStore;
use cart::{Cart, CartEvent};

/// A cart with a history. Run again, it goes on.
#[derive(Parser)]
struct Args {
    /// The file of the store.
    #[arg(default_value = "cart.db")]
    store: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Args::parse().store).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(path: &Path) -> Result<(), Box<dyn Error>> {
    let store = SqliteStore::open(path).await?;
    let carts = Repository::<Cart>::new(store.clone());
    let id = Id::from_name("the example's cart");

    carts.execute(id, |cart| cart.add("tea", 2)).await?;
    carts.execute(id, |cart| cart.add("honey", 1)).await?;
    carts.execute(id, |cart| cart.remove("honey")).await?;
    carts
        .execute(id, |cart| cart.ship_to("1 Harbour Road"))
        .await?;
    if let Err(refusal) = carts.execute(id, |cart| cart.remove("sugar")).await {
        println!("refused: {refusal}\n");
    }

    let history = carts.history(id).await?;
    print_history(&history);
    let cart = carts.load(id).await?;
    println!("\nthe cart at revision {}: {:?}", cart.revision(), *cart);
    println!("ever removed: {:?}", ever_removed(&history));
    let path = path.display();
    println!("\nall of it is in {path}; run this again and the history goes on");
    store.close().await;
    Ok(())
}

fn print_history(history: &[Recorded<CartEvent>]) {
    println!("{:>4}  {:<36}  event", "id", "root id");
    for recorded in history {
        println!(
            "{:>4}  {:<36}  {:?}",
            recorded.position,
            recorded.root_id(),
            recorded.event
        );
    }
}

/// What no table of current carts could tell.
fn ever_removed(history: &[Recorded<CartEvent>]) -> BTreeSet<&str> {
    let removed = history.iter().filter_map(|recorded| match &recorded.event {
        CartEvent::ItemRemoved { sku } => Some(sku.as_str()),
        _ => None,
    });
    removed.collect()
}
