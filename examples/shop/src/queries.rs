//! The queries.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::time::Duration;

use axum::Json as JsonBody;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use eventsource_core::{EventLog, Id, Loaded, Position, Revision, WaitOutcome};
use serde::Deserialize;

use super::problem::Problem;
use super::request::{Path, Query};
use super::responses::{
    CartResponse, EventResponse, ProductResponse, at_position, at_revision, etag,
};
use super::{Cart, PRODUCTS, Shop};

/// The longest time that a query waits for an event.
const LONGEST: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AsOf {
    version: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    after: Option<String>,
}

/// `GET /carts/{id}`: the cart, or its state at a `?version=`.
pub(super) async fn cart(
    State(shop): State<Shop>,
    Path(id): Path<Id<Cart>>,
    Query(AsOf { version }): Query<AsOf>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let cart = match version {
        None => shop.carts.load(id).await?,
        Some(version) => shop.carts.load_at(id, version).await?,
    };
    check_known(&cart)?;
    let revision = Loaded::revision(&cart);
    if is_known(&headers, revision) {
        return Ok(at_revision(revision, StatusCode::NOT_MODIFIED));
    }
    Ok(at_revision(revision, JsonBody(CartResponse::new(&cart))))
}

/// `GET /carts/{id}/history`: the events of the cart.
pub(super) async fn history(
    State(shop): State<Shop>,
    Path(id): Path<Id<Cart>>,
) -> Result<Response, Problem> {
    let history = shop.carts.history(id).await?;
    let Some(last) = history.last() else {
        return Err(no_cart(id));
    };
    let revision = last.revision();
    let events: Vec<_> = history.iter().map(EventResponse::new).collect();
    Ok(at_revision(revision, JsonBody(events)))
}

/// `GET /products`: the catalogue with the demand; with `?after=`, the demand after it includes the event
/// at that position.
pub(super) async fn products(
    State(shop): State<Shop>,
    Query(After { after }): Query<After>,
) -> Result<Response, Problem> {
    if let Some(after) = after {
        shop.wait_for(&after).await?;
    }
    // Read before the rows, so that the rows include this position.
    let progress = shop.demand.progress().await?;
    let position = progress.map_or(Position::START, |progress| {
        progress.checkpoint.at.position()
    });
    let rows = shop.demand.page(None, 10 * PRODUCTS.len()).await?;
    let rows: HashMap<_, _> = rows
        .into_iter()
        .filter_map(|(key, row)| Some((key.text(0)?.into_owned(), row)))
        .collect();
    let products = ProductResponse::all(|sku| rows.get(sku).copied());
    Ok(at_position(position, products))
}

impl Shop {
    /// Waits until the demand includes the event at a position that a response returned.
    async fn wait_for(&self, after: &str) -> Result<(), Problem> {
        let position: Position = match after.parse() {
            Ok(position) => position,
            Err(_) => return Err(Problem::invalid("`after` has to be a position, such as 17")),
        };
        let head = self.store.head().await?;
        if position
            .compare(head.position())
            .is_none_or(Ordering::is_gt)
        {
            let detail = format!("there is no position {position} yet, the last one is {head}");
            return Err(Problem::invalid(detail));
        }
        match self.demand.wait_for(position, LONGEST).await? {
            WaitOutcome::Reached => Ok(()),
            WaitOutcome::Parked(_) => Err(Problem::behind(
                "the event waits behind one that cannot be counted; see /health",
            )),
            WaitOutcome::Stopped(_) => {
                Err(Problem::behind("the counting has stopped; see /health"))
            }
            _ => Err(Problem::behind("the counting is not there yet; ask again")),
        }
    }
}

/// Checks that the cart has events; without one, it does not exist.
fn check_known(cart: &Loaded<Cart>) -> Result<(), Problem> {
    match Loaded::revision(cart) {
        Revision::NONE => Err(no_cart(Loaded::id(cart))),
        _ => Ok(()),
    }
}

fn no_cart(id: Id<Cart>) -> Problem {
    Problem::not_found(format!("nothing ever happened to a cart {id}"))
}

/// Whether `If-None-Match` says that the caller has the current cart.
fn is_known(headers: &HeaderMap, revision: Revision) -> bool {
    let known = headers.get(header::IF_NONE_MATCH);
    let known = known.and_then(|known| known.to_str().ok()).unwrap_or("");
    let etag = etag(revision);
    known
        .split(',')
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == etag || tag == "*")
}
