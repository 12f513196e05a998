//! What the shop answers.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use eventsource_core::{Loaded, Position, Recorded, Revision};
use serde::Serialize;

use super::{Cart, CartEvent, Demand, PRODUCTS, Product};

/// Up to where an answer knows the store: what a reader gives to `?after=`.
const POSITION: HeaderName = HeaderName::from_static("position");

/// A cart as it is, or was.
#[derive(Serialize)]
pub(super) struct CartAnswer<'a> {
    id: String,
    version: u64,
    lines: Vec<LineAnswer<'a>>,
    total_cents: u64,
    checked_out: bool,
}

#[derive(Serialize)]
struct LineAnswer<'a> {
    sku: &'a str,
    name: &'a str,
    quantity: u32,
    cents: u64,
}

impl<'a> CartAnswer<'a> {
    pub(super) fn new(cart: &'a Loaded<Cart>) -> Self {
        let line = |line: &'a super::Line| LineAnswer {
            sku: &line.sku,
            name: name(&line.sku),
            quantity: line.quantity,
            cents: line.cents,
        };
        Self {
            id: Loaded::id(cart).to_string(),
            version: Loaded::revision(cart).version(),
            lines: cart.lines().map(line).collect(),
            total_cents: cart.total(),
            checked_out: cart.is_checked_out(),
        }
    }
}

/// What happened to a cart, once.
#[derive(Serialize)]
pub(super) struct EventAnswer<'a> {
    version: u64,
    position: String,
    recorded_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
    happened: String,
}

impl<'a> EventAnswer<'a> {
    pub(super) fn new(recorded: &'a Recorded<CartEvent>) -> Self {
        Self {
            version: recorded.version(),
            position: recorded.position().to_string(),
            recorded_at: recorded.commit().recorded_at.to_string(),
            actor: recorded.commit().metadata().actor.as_deref(),
            happened: in_words(&recorded.event),
        }
    }
}

/// What is stored is nobody else's business; what it says is.
fn in_words(event: &CartEvent) -> String {
    match event {
        CartEvent::ItemAdded { sku, quantity, .. } => format!("{quantity} × {} added", name(sku)),
        CartEvent::QuantityChanged { sku, quantity } => {
            format!("{}: now {quantity}", name(sku))
        }
        CartEvent::ItemRemoved { sku } => format!("{} removed", name(sku)),
        CartEvent::CheckedOut { .. } => "checked out".to_owned(),
    }
}

/// A product of long ago has no name any more.
fn name(sku: &str) -> &str {
    Product::find(sku).map_or(sku, |product| product.name)
}

/// A product, and how much it is asked for.
#[derive(Serialize)]
pub(super) struct ProductAnswer {
    sku: &'static str,
    name: &'static str,
    cents: u64,
    #[serde(flatten)]
    demand: Demand,
}

impl ProductAnswer {
    /// The whole catalogue.
    pub(super) fn all(demand: impl Fn(&str) -> Option<Demand>) -> Vec<Self> {
        let answer = |product: Product| Self {
            sku: product.sku,
            name: product.name,
            cents: product.cents,
            demand: demand(product.sku).unwrap_or_default(),
        };
        PRODUCTS.map(answer).into()
    }
}

/// An answer that knows everything up to a position.
pub(super) fn at_position(position: Position, answer: impl Serialize) -> Response {
    with_header(POSITION, &position.to_string(), Json(answer))
}

/// An answer on a cart that stands at a revision.
pub(super) fn at_revision(revision: Revision, answer: impl IntoResponse) -> Response {
    let position = revision.position().to_string();
    with_header(
        header::ETAG,
        &etag(revision),
        with_header(POSITION, &position, answer),
    )
}

pub(super) fn etag(revision: Revision) -> String {
    format!("\"{revision}\"")
}

fn with_header(name: HeaderName, value: &str, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}
