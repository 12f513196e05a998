//! The bodies and headers of responses.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use eventsource_core::{Loaded, Position, Recorded, Revision};
use serde::Serialize;

use super::{Cart, CartEvent, Demand, PRODUCTS, Product};

/// The position up to which a response knows the store. A caller passes it on in `?after=`.
const POSITION: HeaderName = HeaderName::from_static("position");

/// A cart at one of its versions.
#[derive(Serialize)]
pub(super) struct CartResponse<'a> {
    id: String,
    version: u64,
    lines: Vec<LineResponse<'a>>,
    total_cents: u64,
    checked_out: bool,
}

#[derive(Serialize)]
struct LineResponse<'a> {
    sku: &'a str,
    name: &'a str,
    quantity: u32,
    cents: u64,
}

impl<'a> CartResponse<'a> {
    pub(super) fn new(cart: &'a Loaded<Cart>) -> Self {
        let line = |line: &'a super::Line| LineResponse {
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

/// An event of a cart's history.
#[derive(Serialize)]
pub(super) struct EventResponse<'a> {
    version: u64,
    position: String,
    recorded_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
    happened: String,
}

impl<'a> EventResponse<'a> {
    pub(super) fn new(recorded: &'a Recorded<CartEvent>) -> Self {
        Self {
            version: recorded.version(),
            position: recorded.position().to_string(),
            recorded_at: recorded.commit().recorded_at.to_string(),
            actor: recorded.commit().metadata().actor.as_deref(),
            happened: describe(&recorded.event),
        }
    }
}

/// Describes an event. The stored format is internal, so the response has a text.
fn describe(event: &CartEvent) -> String {
    match event {
        CartEvent::ItemAdded { sku, quantity, .. } => format!("{quantity} × {} added", name(sku)),
        CartEvent::QuantityChanged { sku, quantity } => {
            format!("{}: now {quantity}", name(sku))
        }
        CartEvent::ItemRemoved { sku } => format!("{} removed", name(sku)),
        CartEvent::CheckedOut { .. } => "checked out".to_owned(),
    }
}

/// The name of a product; its SKU if the product was removed from the catalogue.
fn name(sku: &str) -> &str {
    Product::find(sku).map_or(sku, |product| product.name)
}

/// A product with its demand.
#[derive(Serialize)]
pub(super) struct ProductResponse {
    sku: &'static str,
    name: &'static str,
    cents: u64,
    #[serde(flatten)]
    demand: Demand,
}

impl ProductResponse {
    /// All products of the catalogue.
    pub(super) fn all(demand: impl Fn(&str) -> Option<Demand>) -> Vec<Self> {
        let response = |product: Product| Self {
            sku: product.sku,
            name: product.name,
            cents: product.cents,
            demand: demand(product.sku).unwrap_or_default(),
        };
        PRODUCTS.map(response).into()
    }
}

/// A response that includes every event up to a position.
pub(super) fn at_position(position: Position, response: impl Serialize) -> Response {
    with_header(POSITION, &position.to_string(), Json(response))
}

/// A response about a cart at a revision.
pub(super) fn at_revision(revision: Revision, response: impl IntoResponse) -> Response {
    let position = revision.position().to_string();
    with_header(
        header::ETAG,
        &etag(revision),
        with_header(POSITION, &position, response),
    )
}

pub(super) fn etag(revision: Revision) -> String {
    format!("\"{revision}\"")
}

fn with_header(name: HeaderName, value: &str, response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}
