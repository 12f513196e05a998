//! The README's cart on a key-value engine: run it several times. Its read model is in memory.

#[path = "../../cart/src/lib.rs"]
#[allow(missing_docs, unreachable_pub, reason = "the README's cart as it is")]
#[allow(
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "a decision takes the state and may refuse, as all decisions do"
)]
mod cart;

use std::process::ExitCode;

use anyhow::Context;
use cart::{Cart, CartEvent};
use eventsource_core::{
    Id, MemoryReadModels, Project, Projection, ReadModel, Recorded, Repository, Runner,
};
use keyvalue::KeyValueStore;
use serde::{Deserialize, Serialize};

const PATH: &str = "cart.redb";

/// How many of a product were ever added to a cart.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "demand", version = 1, key = sku, event = CartEvent(ItemAdded))]
struct Demand {
    added: u64,
}

impl Project<CartEvent> for Demand {
    fn project(&mut self, recorded: &Recorded<CartEvent>) {
        if let CartEvent::ItemAdded { quantity, .. } = &recorded.event {
            self.added += u64::from(*quantity);
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let store = KeyValueStore::open(PATH).context(PATH)?;
    let carts = Repository::<Cart>::new(store.clone());
    let id = Id::from_name("the example's cart");

    carts.execute(id, |cart| cart.add("tea", 2)).await?;
    carts.execute(id, |cart| cart.add("honey", 1)).await?;
    carts.execute(id, |cart| cart.remove("honey")).await?;
    let receipt = carts
        .execute(id, |cart| cart.ship_to("1 Harbour Road"))
        .await?;
    println!("stored up to position {}\n", receipt.last);
    for recorded in carts.history(id).await? {
        println!("{:>4}  {:?}", recorded.position(), recorded.event);
    }
    let cart = carts.load(id).await?;
    println!(
        "\nto {}: {:?}",
        cart.address.as_deref().unwrap_or("nobody"),
        cart.items
    );

    // The store keeps no read models, so that they are rebuilt in each run.
    let models = MemoryReadModels::new();
    let runner = Runner::new(store.clone(), models.clone()).project::<Demand>();
    runner.catch_up().await?;
    let demand = ReadModel::<Demand>::new(store, models);
    for (sku, row) in demand.page(None, 100).await? {
        println!(
            "ever added: {} of {}",
            row.added,
            sku.text(0).unwrap_or_default()
        );
    }
    println!("\nall of it is in {PATH}; run this again and the history goes on");
    Ok(())
}
