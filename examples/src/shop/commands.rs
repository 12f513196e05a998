//! What people do to a cart.

use std::num::NonZeroU32;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::Response;
use eventsource_core::Id;
use serde::{Deserialize, Serialize};

use super::answers::{CartAnswer, at_revision};
use super::carry_out::carry_out;
use super::problem::Problem;
use super::request::{Asked, Json, Path};
use super::{Cart, CartEvent, CartRefusal, Email, Product, Shop};

/// The body of `POST /carts/{id}/items`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Add {
    sku: String,
    quantity: NonZeroU32,
}

/// The body of `POST /carts/{id}/checkout`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckOut {
    email: Email,
}

pub(super) async fn add(
    State(shop): State<Shop>,
    Path(cart): Path<Id<Cart>>,
    asked: Asked,
    Json(command): Json<Add>,
) -> Result<Response, Problem> {
    let Some(product) = Product::find(&command.sku) else {
        let sku = &command.sku;
        return Err(Problem::invalid(format!("there is no product {sku:?}")));
    };
    let quantity = command.quantity.get();
    let add = |cart: &Cart| cart.add(product, quantity);
    shop.change(cart, asked, &command, add).await
}

/// `DELETE /carts/{id}/items/{sku}`, without a body.
pub(super) async fn remove(
    State(shop): State<Shop>,
    Path((cart, sku)): Path<(Id<Cart>, String)>,
    asked: Asked,
) -> Result<Response, Problem> {
    let remove = |cart: &Cart| cart.remove(&sku);
    shop.change(cart, asked, &sku, remove).await
}

pub(super) async fn check_out(
    State(shop): State<Shop>,
    Path(cart): Path<Id<Cart>>,
    asked: Asked,
    Json(command): Json<CheckOut>,
) -> Result<Response, Problem> {
    let check_out = |cart: &Cart| cart.check_out(&command.email);
    shop.change(cart, asked, &command, check_out).await
}

impl Shop {
    /// Carries it out, and answers with the cart as it was then.
    async fn change(
        &self,
        cart: Id<Cart>,
        asked: Asked,
        command: &impl Serialize,
        decide: impl FnMut(&Cart) -> Result<CartEvent, CartRefusal> + Send,
    ) -> Result<Response, Problem> {
        let receipt = carry_out(&self.carts, cart, asked, command, decide).await?;
        let revision = receipt.revision();
        let cart = self.carts.load_at(cart, revision.version()).await?;
        Ok(at_revision(revision, Answer(CartAnswer::new(&cart))))
    }
}
