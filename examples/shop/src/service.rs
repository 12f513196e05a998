//! The service: the store, the runner and the routes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{delete, get, post};
use eventsource_core::runner::Pipeline;
use eventsource_core::uuid::Uuid;
use eventsource_core::{ReadModel, Repository, Runner, Running};
use eventsource_sqlite::SqliteStore;
use tokio::sync::watch;

use super::problem::{Cause, Problem};
use super::request::RequestId;
use super::{
    Cart, Customer, Demand, Emails, Receipts, activity, commands, customers, health, page, queries,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The lease time to live: how long a restarted shop waits for one that was killed.
const LEASE: Duration = Duration::from_secs(1);
/// The largest body that is accepted; commands are much smaller.
const LARGEST_BODY: usize = 16 * 1024;

/// An open shop: its store, and the read models made from it.
#[derive(Clone, Debug)]
pub struct Shop {
    pub(super) store: SqliteStore,
    pub(super) carts: Repository<Cart>,
    pub(super) customers: Repository<Customer>,
    pub(super) demand: ReadModel<Demand>,
    pub(super) running: Arc<Running>,
    is_closing: watch::Sender<bool>,
}

impl Shop {
    /// Opens the shop on a file, and starts its read models and its receipts.
    ///
    /// # Errors
    ///
    /// The store cannot be opened, or another program has appended to it without the shop's rule: with the
    /// rule, that program could not append any more.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with a timer.
    pub async fn open(path: &Path, receipts: Receipts) -> anyhow::Result<Self> {
        let store = SqliteStore::builder().inline::<Emails>().open(path).await?;
        let runner = Runner::new(store.clone(), store.clone())
            .lease(LEASE)
            .project::<Demand>()
            // Every paid cart gets a receipt. To add receipts to an existing shop, leave out
            // `from_start`: then they start at the current head.
            .run(Pipeline::reactor(receipts).from_start());
        Ok(Self {
            carts: Repository::new(store.clone()),
            customers: Repository::new(store.clone()),
            demand: ReadModel::new(store.clone(), store.clone()),
            running: Arc::new(runner.start().await?),
            is_closing: watch::Sender::new(false),
            store,
        })
    }

    /// The routes of the shop.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/carts/{id}", get(queries::cart))
            .route("/carts/{id}/history", get(queries::history))
            .route("/carts/{id}/items", post(commands::add))
            .route("/carts/{id}/items/{sku}", delete(commands::remove))
            .route("/carts/{id}/checkout", post(commands::check_out))
            .route(
                "/customers/{id}",
                get(customers::customer).post(customers::register),
            )
            .route("/products", get(queries::products))
            .route("/health", get(health::health))
            .route("/activity", get(activity::activity))
            .with_state(self.clone())
            .merge(page::router())
            .fallback(async || Problem::not_found("there is nothing here"))
            .method_not_allowed_fallback(async || Problem::method())
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .layer(middleware::from_fn(add_headers))
    }

    /// Ends the responses that go on as long as the shop is open, so that it can close.
    pub fn end_streams(&self) {
        self.is_closing.send_replace(true);
    }

    /// Waits until [`end_streams`](Self::end_streams) is called.
    pub(super) async fn closing(&self) {
        let mut is_closing = self.is_closing.subscribe();
        let _ = is_closing.wait_for(|is_closing| *is_closing).await;
    }

    /// Closes the shop after the last request: the runner stops, then the store closes.
    pub async fn close(self) {
        self.running.stop().await;
        self.store.close().await;
    }
}

/// Gives each request an id, which is in the response, the log and the history, and adds the security
/// headers to each response.
async fn add_headers(mut request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID);
    let id = id.and_then(|id| id.to_str().ok().filter(|id| (1..=100).contains(&id.len())));
    let id = id.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned);
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    if let Some(Cause(cause)) = response.extensions().get() {
        tracing::error!(request = id, "{cause}");
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    for (name, value) in SECURITY_HEADERS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The security headers: a page loads only resources of this server, and is not shown in other pages.
const SECURITY_HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    // Caches must revalidate a response before they use it.
    (header::CACHE_CONTROL, "no-cache"),
];
