//! What people do to a cart.

use std::num::NonZeroU32;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::Response;
use eventsource_core::{Handle, Id};
use serde::{Deserialize, Serialize};

use super::answers::{CartAnswer, at_revision};
use super::carry_out::carry_out;
use super::problem::Problem;
use super::request::{Asked, Json, Path};
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
    asked: Asked,
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
    shop.change(cart, asked, &command, &add).await
}

/// `DELETE /carts/{id}/items/{sku}`, without a body.
pub(super) async fn remove(
    State(shop): State<Shop>,
    Path((cart, sku)): Path<(Id<Cart>, String)>,
    asked: Asked,
) -> Result<Response, Problem> {
    let remove = RemoveItem { sku };
    shop.change(cart, asked, &remove, &remove).await
}

/// `POST /carts/{id}/checkout`; its body is the command.
pub(super) async fn check_out(
    State(shop): State<Shop>,
    Path(cart): Path<Id<Cart>>,
    asked: Asked,
    Json(check_out): Json<CheckOut>,
) -> Result<Response, Problem> {
    shop.change(cart, asked, &check_out, &check_out).await
}

impl Shop {
    /// Carries out what was asked for, and answers with the cart as it was then.
    async fn change<C: Sync>(
        &self,
        cart: Id<Cart>,
        asked: Asked,
        body: &impl Serialize,
        command: &C,
    ) -> Result<Response, Problem>
    where
        Cart: Handle<C, Events = CartEvent, Error = CartRefusal>,
    {
        let decide = |cart: &Cart| cart.handle(command);
        let receipt = carry_out(&self.carts, cart, asked, body, decide).await?;
        let revision = receipt.revision();
        let cart = self.carts.load_at(cart, revision.version()).await?;
        Ok(at_revision(revision, Answer(CartAnswer::new(&cart))))
    }
}
