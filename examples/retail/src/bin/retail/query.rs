//! The commands that query the read models.

use std::time::Duration;

use anyhow::bail;
use clap::Subcommand;
use eventsource_core::{EventLog, Key, Projection, ReadModel, WaitOutcome};
use eventsource_sqlite::SqliteStore;
use retail::models::{BoughtTogether, Household, WeeklySales};

use crate::Result;

/// The number of rows to show.
const SHOWN: usize = 10;

#[derive(Subcommand)]
pub(crate) enum Question {
    /// The sales of a product, week by week.
    Product {
        /// Its number.
        product: u32,
    },
    /// The visits of a household.
    Household {
        /// Its number.
        household: u32,
    },
    /// The products most often bought together with a product.
    Together {
        /// Its number.
        product: u32,
    },
}

pub(crate) async fn answer(store: &SqliteStore, question: Question) -> Result<()> {
    match question {
        Question::Product { product } => sales(&model(store).await?, product).await,
        Question::Household { household } => visits(&model(store).await?, household).await,
        Question::Together { product } => together(&model(store).await?, product).await,
    }
}

/// A model, which may be behind: a runner need not be active.
async fn model<P: Projection>(store: &SqliteStore) -> Result<ReadModel<P>> {
    let model = ReadModel::<P>::new(store.clone(), store.clone());
    if model.progress().await?.is_none() {
        bail!("`{}` is not built yet; `retail models` builds it", P::NAME);
    }
    let head = store.head().await?;
    if model.wait_for(head.position(), Duration::ZERO).await? != WaitOutcome::Reached {
        eprintln!(
            "`{}` is behind; `retail models` brings it up to date",
            P::NAME
        );
    }
    Ok(model)
}

async fn sales(sales: &ReadModel<WeeklySales>, product: u32) -> Result<()> {
    println!("week         units        cents");
    for (key, row) in of_product(sales, product, Key::of(&(product, ""))).await? {
        let week = key.text(1).unwrap_or_default();
        println!("{week} {:>7} {:>12}", row.units, row.cents);
    }
    Ok(())
}

async fn visits(households: &ReadModel<Household>, household: u32) -> Result<()> {
    match households.get(&household).await? {
        Some(row) => println!("{} baskets, the last one at {}", row.baskets, row.last),
        None => println!("no such household"),
    }
    Ok(())
}

async fn together(pairs: &ReadModel<BoughtTogether>, product: u32) -> Result<()> {
    let mut rows = of_product(pairs, product, Key::of(&(product, i64::MIN))).await?;
    rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.baskets));
    println!("product  baskets");
    for (key, row) in rows.iter().take(SHOWN) {
        println!(
            "{:>7} {:>8}",
            key.integer(1).unwrap_or_default(),
            row.baskets
        );
    }
    Ok(())
}

/// The rows whose key begins with a product, page by page.
async fn of_product<P: Projection>(
    model: &ReadModel<P>,
    product: u32,
    mut after: Key,
) -> Result<Vec<(Key, P)>> {
    let mut rows = Vec::new();
    loop {
        let page = model.page(Some(&after), 500).await?;
        let Some((last, _)) = page.last() else {
            return Ok(rows);
        };
        after = last.clone();
        for (key, row) in page {
            if key.integer(0) != Some(product.into()) {
                return Ok(rows);
            }
            rows.push((key, row));
        }
    }
}
