//! Compares the framework with its limit: the same work written by hand on the bare driver.
//!
//! ```text
//! cargo run --release -p benches -- --only store.append
//! ```

mod append;
mod build;
mod check;
mod conflict;
mod dispatch;
mod events;
mod execute;
mod filtered;
mod harness;
mod hot;
mod idempotent;
mod large;
mod limit;
mod load;
mod machine;
mod memory;
mod page;
mod peers;
mod projections;
mod read;
mod report;
mod rows;
mod seed;
mod shelf;
mod snapshots;
mod stopwatch;
mod streams;
mod tasks;

use std::path::PathBuf;

use clap::Parser;

use crate::harness::{Effort, Workload};
use crate::report::Report;

/// Anything that goes wrong ends the run: a figure that is wrong is worse than none.
type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T, E = Error> = std::result::Result<T, E>;

/// Measures each workload, and beside it the same work by hand on the bare driver.
#[derive(Parser)]
struct Args {
    /// Run only the workloads whose name starts so.
    #[arg(long, default_value = "")]
    only: String,
    /// The number of measurements of each side.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// The greatest number of tries of a row, until its spread is 15 % or less.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    tries: u16,
    /// Say what each row measures, instead of measuring it.
    #[arg(long)]
    list: bool,
    /// Print one JSON object a line instead of a table.
    #[arg(long)]
    json: bool,
    /// Read 1,000,000 events instead of 200,000 where all are read, measure builds, and run the peers.
    #[arg(long)]
    full: bool,
    /// Write the table of this page, of what runs with `--json` printed.
    #[arg(long, value_name = "PAGE", requires = "runs")]
    page: Option<PathBuf>,
    /// The files of these runs.
    runs: Vec<PathBuf>,
    /// Read this store in this process, and print the growth of its memory.
    #[arg(long, hide = true)]
    read_for_memory: Option<PathBuf>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let Some(path) = args.read_for_memory {
        println!("{}", memory::growth_of_reading(&path)?);
        return Ok(());
    }
    if let Some(path) = args.page {
        return page::write(&path, &args.runs);
    }
    if args.list {
        for workload in workloads(args.full, &args.only) {
            println!("{:<26} {}", workload.name(), workload.about());
        }
        return Ok(());
    }
    let effort = Effort {
        rounds: args.rounds,
        tries: args.tries,
    };
    let report = Report::new(args.json);
    report.begin(&machine::describe()?);
    for workload in workloads(args.full, &args.only) {
        if workload.name().starts_with(&args.only) {
            report.row(&workload.measure(effort)?);
        }
    }
    report.end();
    Ok(())
}

/// All of them, in the order of the table.
fn workloads(full: bool, only: &str) -> Vec<Workload> {
    let families = [
        append::workloads(),
        execute::workloads(),
        hot::workloads(),
        conflict::workloads(),
        large::workloads(),
        idempotent::workloads(),
        load::workloads(),
        snapshots::workloads(),
        read::workloads(if full { 1_000_000 } else { 200_000 }),
        filtered::workloads(),
        projections::workloads(if full { 1_000_000 } else { 200_000 }),
        dispatch::workloads(),
    ];
    let build = (full || only.starts_with("build")).then(build::workloads);
    let build = build.into_iter().flatten();
    let peers = (full || only.starts_with("peers")).then(peers::workloads);
    let peers = peers.into_iter().flatten();
    // Minutes, and gigabytes on the disk.
    let streams = only.starts_with("streams").then(streams::workloads);
    let streams = streams.into_iter().flatten();
    let all = families.into_iter().flatten().chain(build).chain(peers);
    all.chain(streams).collect()
}
