//! The command that imports a file and prints totals.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use eventsource_core::{EventLog, Position, Repository};
use eventsource_sqlite::SqliteStore;
use indicatif::{HumanCount, ProgressBar};
use retail::{Basket, Imported, Purchase, PurchaseError, Purchases, Totals, import, totals};

use crate::Result;
use crate::bar::bar;
use crate::interrupt::unless_interrupted;

pub(crate) async fn run(file: &Path, store: &Path) -> Result<()> {
    let started = Instant::now();
    let size = fs::metadata(file).map_or(0, |file| file.len());
    let bar = bar(size, "importing", "{msg}").with_message("0 baskets");
    let purchases = Purchases::open(file, |file| bar.wrap_read(file))?;
    let purchases = count(purchases, bar.clone());
    let store = SqliteStore::open(store).await?;
    let done = unless_interrupted(async {
        let imported = import(&Repository::<Basket>::new(store.clone()), purchases).await?;
        bar.finish_and_clear();
        let import_took = started.elapsed();
        Ok((imported, import_took, read_back(&store).await?))
    });
    let done = done.await;
    bar.finish_and_clear();
    store.close().await;
    let (imported, import_took, totals) = done?;
    print(&imported, import_took, &totals, started.elapsed());
    Ok(())
}

/// Counts the baskets beside the bar.
fn count(
    purchases: Purchases,
    bar: ProgressBar,
) -> impl Iterator<Item = Result<Purchase, PurchaseError>> {
    purchases.zip(1..).map(move |(purchase, count)| {
        if count % 100 == 0 {
            bar.set_message(format!("{} baskets", HumanCount(count)));
        }
        purchase
    })
}

async fn read_back(store: &SqliteStore) -> Result<Totals> {
    let head = store.head().await?.position().offset().get();
    let bar = bar(head, "reading", "{rate}");
    let totals = totals(store, |at: Position, head: Position| {
        bar.set_length(head.offset().get());
        bar.set_position(at.offset().get());
    });
    let totals = totals.await;
    bar.finish_and_clear();
    Ok(totals?)
}

fn print(imported: &Imported, import_took: Duration, totals: &Totals, took: Duration) {
    let Imported { new, known, events } = imported;
    println!("{totals}");
    println!("{new} baskets imported, {known} were there already");
    #[expect(clippy::cast_precision_loss, reason = "a rate is rounded anyway")]
    let rate = *events as f64 / import_took.as_secs_f64();
    println!(
        "{events} events in {:.1} s, {rate:.0} events/s",
        import_took.as_secs_f64()
    );
    println!(
        "{:.1} s with the totals{}",
        took.as_secs_f64(),
        peak_memory()
    );
}

/// The peak memory of the process, if the system reports it.
pub(crate) fn peak_memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.map_or_else(String::new, |kib| {
        format!(", at most {} MiB of memory", kib / 1024)
    })
}
