//! A shop's year of purchases, from a file into a store; totals and read models from the store.

mod bar;
mod import;
mod interrupt;
mod models;
mod query;
mod waiting;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use eventsource_sqlite::SqliteStore;
use interrupt::{exit_code, unless_interrupted};

/// Imports purchases into an event store, and prints the totals. After an interruption it continues when
/// it is started again.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Args {
    /// A CSV of purchases, also as .gz.
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/data/retail-sample.csv"))]
    file: PathBuf,
    /// The file of the store.
    #[arg(long, default_value = "retail.db", global = true)]
    store: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Brings the read models up to date.
    Models,
    /// Rebuilds the read models, while the old ones serve queries.
    Rebuild,
    /// Queries a read model.
    #[command(subcommand)]
    Query(query::Question),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            exit_code(&error)
        }
    }
}

async fn run(args: Args) -> Result<()> {
    let Some(command) = args.command else {
        return import::run(&args.file, &args.store).await;
    };
    let store = open(&args.store).await?;
    let done = unless_interrupted(async {
        match command {
            Command::Models => models::catch_up(&store).await,
            Command::Rebuild => models::rebuild(&store).await,
            Command::Query(question) => query::answer(&store, question).await,
        }
    });
    let done = done.await;
    store.close().await;
    done
}

/// Opens a store that is there. Only an import makes one.
async fn open(path: &Path) -> Result<SqliteStore> {
    let size = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => 0,
        file => file
            .with_context(|| format!("{} cannot be opened", path.display()))?
            .len(),
    };
    if size == 0 {
        let path = path.display();
        bail!("there is no store in {path}; `retail --store {path}` imports the sample into one");
    }
    Ok(SqliteStore::open(path).await?)
}
