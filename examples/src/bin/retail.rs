//! A shop's year of purchases, from a file into a store, and totals from the store.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use eventsource_core::{Position, Repository};
use eventsource_sqlite::SqliteStore;
use examples::retail::{Basket, Imported, Purchases, Totals, import, totals};
use indicatif::{ProgressBar, ProgressStyle};

/// Imports purchases into an event store, and prints what the store comes to. Interrupted, it
/// goes on where it was when it is started again.
#[derive(Parser)]
struct Args {
    /// A CSV of purchases, also as .gz.
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/data/retail-sample.csv"))]
    file: PathBuf,
    /// The file of the store.
    #[arg(long, default_value = "retail.db")]
    store: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let bar = bar(
        fs::metadata(&args.file).map_or(0, |file| file.len()),
        "importing",
        "{bytes}/{total_bytes}",
    );
    let purchases = Purchases::open(&args.file, |file| bar.wrap_read(file))?;
    let store = SqliteStore::open(&args.store).await?;
    let imported = import(&Repository::<Basket>::new(store.clone()), purchases).await;
    bar.finish_and_clear();
    let import_took = started.elapsed();
    let done = match imported {
        Ok(imported) => read_back(&store).await.map(|totals| (imported, totals)),
        Err(error) => Err(error.into()),
    };
    store.close().await;
    let (imported, totals) = done?;
    print(&imported, import_took, &totals, started.elapsed());
    Ok(())
}

async fn read_back(store: &SqliteStore) -> Result<Totals, Box<dyn Error>> {
    let bar = bar(0, "reading", "{pos}/{len} events");
    let totals = totals(store, |at: Position, head: Position| {
        bar.set_length(head.offset());
        bar.set_position(at.offset());
    });
    let totals = totals.await;
    bar.finish_and_clear();
    Ok(totals?)
}

/// A progress bar with rate and time left; it shows on a terminal only.
fn bar(length: u64, what: &str, count: &str) -> ProgressBar {
    let rate = if count.contains("bytes") {
        "{bytes_per_sec}"
    } else {
        "{per_sec}"
    };
    let template = format!("{what} [{{bar:40}}] {count} {rate}, {{eta}} left");
    let style = ProgressStyle::with_template(&template).expect("the template is well-formed");
    ProgressBar::new(length).with_style(style)
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

/// What the process had in memory at most, where the system tells.
fn peak_memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.map_or_else(String::new, |kib| {
        format!(", at most {} MiB of memory", kib / 1024)
    })
}
