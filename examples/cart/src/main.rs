//! A cart with a history: run it several times.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cart::{Cart, CartEvent};
use eventsource_core::{Id, Loaded, Recorded, Repository};
use eventsource_sqlite::SqliteStore;

/// The history of a store is a view of its file.
const LOOK_INSIDE: &str = "select position, name, payload from history order by position";

#[tokio::main]
async fn main() -> ExitCode {
    let Some(store) = store(env::args_os().skip(1)) else {
        eprintln!("usage: cart [STORE]\n\nSTORE is the file of the store, `cart.db` by default");
        return ExitCode::FAILURE;
    };
    match run(&store).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The file of the store: the only argument, if there is one.
fn store(mut arguments: impl Iterator<Item = OsString>) -> Option<PathBuf> {
    let store = arguments.next().unwrap_or_else(|| "cart.db".into());
    let is_option = store.as_encoded_bytes().starts_with(b"-");
    (!is_option && arguments.next().is_none()).then(|| store.into())
}

async fn run(path: &Path) -> anyhow::Result<()> {
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
    println!(
        "\nthe cart at revision {}: {:?}",
        Loaded::revision(&cart),
        *cart
    );
    println!("ever removed: {:?}", ever_removed(&history));
    let path = path.display();
    println!("\nall of it is in {path}; run this again and the history goes on");
    println!("to look inside: sqlite3 {path} \"{LOOK_INSIDE}\"");
    store.close().await;
    Ok(())
}

fn print_history(history: &[Recorded<CartEvent>]) {
    println!("{:>4}  {:<36}  event", "id", "root id");
    for recorded in history {
        println!(
            "{:>4}  {:<36}  {:?}",
            recorded.position(),
            recorded.root_id(),
            recorded.event
        );
    }
}

/// A number that no table of current carts could show.
fn ever_removed(history: &[Recorded<CartEvent>]) -> BTreeSet<&str> {
    let removed = history.iter().filter_map(|recorded| match &recorded.event {
        CartEvent::ItemRemoved { sku } => Some(sku.as_str()),
        _ => None,
    });
    removed.collect()
}
