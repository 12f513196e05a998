//! One round of a workload with cqrs-es on `SQLite`. `benches` runs it beside its own rows:
//!
//! ```text
//! cargo run --release -p benches -- --only peers
//! ```

mod basket;
mod work;

use clap::{Parser, ValueEnum};

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T, E = Error> = std::result::Result<T, E>;

/// Does the work once, and prints the microseconds that each unit took: on the clock, and of the CPUs.
#[derive(Parser)]
struct Args {
    work: Work,
    /// How many commits, aggregates or streams.
    count: u32,
    /// How many tasks at the same time, or events of each stream.
    of_each: u32,
    /// Let a commit return before it is on the disk, as `sqlite-es` does by default.
    #[arg(long)]
    normal: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Work {
    /// Commands on new aggregates.
    Append,
    /// Loading aggregates, one after the other.
    Load,
    /// All events into one query.
    Replay,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let directory = tempfile::tempdir()?;
    let pool = work::open(&directory.path().join("store.db"), args.normal).await?;
    let took = match args.work {
        Work::Append => work::append(&pool, args.count, args.of_each).await?,
        Work::Load => work::load(&pool, args.count, args.of_each).await?,
        Work::Replay => work::replay(&pool, args.count, args.of_each).await?,
    };
    println!("{} {}", took.wall, took.cpu);
    Ok(())
}
