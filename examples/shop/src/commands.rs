//! The commands of a cart.

use std::num::NonZeroU32;

use axum::Json as JsonBody;
use axum::extract::State;
use axum::response::Response;
use eventsource_core::{Handle, Id};
use serde::{Deserialize, Serialize};

use super::idempotency::execute_once;
use super::problem::Problem;
use super::request::{CommandHeaders, Json, Path};
use super::responses::{CartResponse, at_revision};
use super::{AddItem, Cart, CartEvent, CartRefusal, CheckOut, Product, RemoveItem, Shop};

/// The body of `POST /carts/{id}/items`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Add {
    sku: String,
    quantity: NonZeroU32,
}

pub(super) async fn add(
    State(shop): State<Shop>,
    Path(cart): Path<Id<Cart>>,
    headers: CommandHeaders,
    Json(command): Json<Add>,
) -> Result<Response, Problem> {
    let Some(product) = Product::find(&command.sku) else {
        let sku = &command.sku;
        return Err(Problem::invalid(format!("there is no product {sku:?}")));
    };
    let add = AddItem {
        product: *product,
        quantity: command.quantity.get(),
    };
    shop.change(cart, headers, &command, &add).await
}

/// `DELETE /carts/{id}/items/{sku}`, without a body.
pub(super) async fn remove(
    State(shop): State<Shop>,
    Path((cart, sku)): Path<(Id<Cart>, String)>,
    headers: CommandHeaders,
) -> Result<Response, Problem> {
    let remove = RemoveItem { sku };
    shop.change(cart, headers, &remove, &remove).await
}

/// `POST /carts/{id}/checkout`; its body is the command.
pub(super) async fn check_out(
    State(shop): State<Shop>,
    Path(cart): Path<Id<Cart>>,
    headers: CommandHeaders,
    Json(check_out): Json<CheckOut>,
) -> Result<Response, Problem> {
    shop.change(cart, headers, &check_out, &check_out).await
}

impl Shop {
    /// Executes a command, and responds with the cart after it.
    async fn change<C: Sync>(
        &self,
        cart: Id<Cart>,
        headers: CommandHeaders,
        body: &impl Serialize,
        command: &C,
    ) -> Result<Response, Problem>
    where
        Cart: Handle<C, Events = CartEvent, Error = CartRefusal>,
    {
        let decide = |cart: &Cart| cart.handle(command);
        let receipt = execute_once(&self.carts, cart, headers, body, decide).await?;
        let revision = receipt.revision();
        let cart = self.carts.load_at(cart, revision.version()).await?;
        Ok(at_revision(revision, JsonBody(CartResponse::new(&cart))))
    }
}
