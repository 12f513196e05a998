//! The service: which request goes where.

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
use eventsource_core::{ReadModel, ReadModelError, Repository, Runner, Running};
use eventsource_sqlite::SqliteStore;

use super::problem::{Cause, Problem};
use super::request::RequestId;
use super::{Cart, Customer, Demand, Emails, Receipts, commands, customers, health, page, queries};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// So long a shop that is started waits for one that was killed, to be sure that it is gone.
const LEASE: Duration = Duration::from_secs(1);
/// No command is larger, by far.
const LARGEST_BODY: usize = 16 * 1024;

/// A shop that is open: the carts in its store, and the numbers that are made of them.
#[derive(Clone, Debug)]
pub struct Shop {
    pub(super) store: SqliteStore,
    pub(super) carts: Repository<Cart>,
    pub(super) customers: Repository<Customer>,
    pub(super) demand: ReadModel<Demand>,
    pub(super) running: Arc<Running>,
}

impl Shop {
    /// Opens the shop on this file: from now on its read models follow what happens, and receipts
    /// are sent.
    ///
    /// # Errors
    ///
    /// If the store cannot be opened, or is one that another program has appended to without the
    /// shop's rule: that program could append no more.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with a timer.
    pub async fn open(path: &Path, receipts: Receipts) -> Result<Self, ReadModelError> {
        let store = SqliteStore::options().inline::<Emails>().open(path).await?;
        let runner = Runner::new(store.clone(), store.clone())
            .lease(LEASE)
            .project::<Demand>()
            // Each cart ever paid gets one. In a shop that has been open without them, leave
            // `from_start` out: then they begin now.
            .run(Pipeline::reactor(receipts).from_start());
        Ok(Self {
            carts: Repository::new(store.clone()),
            customers: Repository::new(store.clone()),
            demand: ReadModel::new(store.clone(), store.clone()),
            running: Arc::new(runner.start().await?),
            store,
        })
    }

    /// What answers requests.
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
            .with_state(self.clone())
            .merge(page::router())
            .fallback(async || Problem::not_found("there is nothing here"))
            .method_not_allowed_fallback(async || Problem::method())
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .layer(middleware::from_fn(named))
    }

    /// Closes the shop, once nobody asks it any more: what it does is brought to an end.
    pub async fn close(self) {
        self.running.stop().await;
        self.store.close().await;
    }
}

/// Gives each request an id, which the answer, the log and the history name, and each answer the
/// headers that keep browsers careful.
async fn named(mut request: Request, next: Next) -> Response {
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
    for (name, value) in CAREFUL {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// A page loads nothing but what comes from here, and is shown in no other page.
const CAREFUL: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    // It may be kept, but has to be asked for whether it is still so.
    (header::CACHE_CONTROL, "no-cache"),
];
