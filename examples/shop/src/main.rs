//! A shop as a web service, on one file.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::anyhow;
use clap::Parser;
use shop::{Receipts, Shop};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::sleep;

/// The time that running requests have when the service shuts down: longer than any response takes.
const GRACE: Duration = Duration::from_secs(8);

/// A shop with a page in the browser. After a restart it continues with its store.
#[derive(Parser)]
struct Args {
    /// The file of the store.
    #[arg(long, default_value = "shop.db")]
    store: PathBuf,
    /// The port, on this machine alone; 0 for any that is free.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The folder into which receipts are mailed.
    #[arg(long, default_value = "receipts")]
    receipts: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> anyhow::Result<()> {
    let listener = listen(args.port).await?;
    let receipts = Receipts::into_folder(args.receipts)?;
    let shop = Shop::open(&args.store, receipts).await?;
    println!("the shop is open at http://{}", listener.local_addr()?);
    let served = serve(listener, &shop).await;
    shop.close().await;
    tracing::info!("the shop is closed");
    served
}

async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| {
        anyhow!("cannot listen on {address}: {error}; choose another port by --port")
    })
}

/// Serves requests until a shutdown is requested, then finishes the running ones.
async fn serve(listener: TcpListener, shop: &Shop) -> anyhow::Result<()> {
    let (ended, end) = oneshot::channel();
    let closing = shop.clone();
    let until = async move {
        shutdown_signal().await;
        closing.end_streams();
        let _ = ended.send(());
    };
    let serving = axum::serve(listener, shop.router()).with_graceful_shutdown(until);
    tokio::select! {
        served = serving => served?,
        // A browser may keep an idle connection open.
        () = async { let _ = end.await; sleep(GRACE).await } => {}
    }
    Ok(())
}

/// Waits for Ctrl-C, or for the signal that a supervisor sends.
async fn shutdown_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupt => {}
        () = terminate() => {}
    }
}

#[cfg(unix)]
async fn terminate() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => drop(terminate.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending().await
}
