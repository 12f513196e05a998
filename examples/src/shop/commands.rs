//! What people do to a cart.

use std::num::NonZeroU32;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::Response;
use eventsource_core::{ExecuteError, Id, ReadStream, Receipt};
use serde::{Deserialize, Serialize};

use super::answers::{CartAnswer, at_revision};
use super::problem::Problem;
use super::request::{Asked, Json, Once, Path};
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
    shop.carry_out(cart, asked, &command, add).await
}

/// `DELETE /carts/{id}/items/{sku}`, without a body.
pub(super) async fn remove(
    State(shop): State<Shop>,
    Path((cart, sku)): Path<(Id<Cart>, String)>,
    asked: Asked,
) -> Result<Response, Problem> {
    let remove = |cart: &Cart| cart.remove(&sku);
    shop.carry_out(cart, asked, &sku, remove).await
}

pub(super) async fn check_out(
    State(shop): State<Shop>,
    Path(cart): Path<Id<Cart>>,
    asked: Asked,
    Json(command): Json<CheckOut>,
) -> Result<Response, Problem> {
    let check_out = |cart: &Cart| cart.check_out(&command.email);
    shop.carry_out(cart, asked, &command, check_out).await
}

impl Shop {
    /// Decides, and answers with the cart as it is then. A request that comes again under its
    /// `Idempotency-Key` is answered as it was the first time, whatever happened since.
    async fn carry_out(
        &self,
        cart: Id<Cart>,
        asked: Asked,
        command: &impl Serialize,
        decide: impl FnMut(&Cart) -> Result<CartEvent, CartRefusal> + Send,
    ) -> Result<Response, Problem> {
        let once = asked.once(cart, command)?;
        let mut metadata = asked.metadata;
        let mut execute = self.carts.execute(cart, decide);
        if let Some(once) = &once {
            metadata = metadata.entry(FINGERPRINT, &once.fingerprint);
            execute = execute.commit_id(once.commit_id);
        }
        if let Some(revision) = asked.expected {
            execute = execute.expecting(revision);
        }
        let receipt = match execute.metadata(metadata).await {
            Err(ExecuteError::Conflict(_)) if asked.expected.is_some() => {
                return Err(Problem::stale());
            }
            receipt => receipt?,
        };
        if let (Some(once), true) = (once, receipt.repeated) {
            self.check_same(cart, &once, &receipt).await?;
        }
        let revision = receipt.revision();
        let cart = self.carts.load_at(cart, revision.version()).await?;
        Ok(at_revision(revision, Answer(CartAnswer::new(&cart))))
    }

    /// The store says that this key was used before; the metadata of the commit says for what.
    async fn check_same(
        &self,
        cart: Id<Cart>,
        once: &Once,
        receipt: &Receipt,
    ) -> Result<(), Problem> {
        let last = receipt.revision().version();
        let stream = self.carts.stream(cart);
        let read = ReadStream::backward(stream, last.saturating_add(1))
            .limit(1)
            .with_commits();
        let page = self.carts.store().read_stream(read).await?;
        let commit = page.events().find_map(|event| event.commit);
        let entry = commit.and_then(|commit| commit.metadata.entries.get(FINGERPRINT));
        match entry {
            Some(first) if *first == once.fingerprint => Ok(()),
            _ => Err(Problem::key_reused()),
        }
    }
}

/// Under which the metadata of a commit keeps what it was that the caller asked for.
const FINGERPRINT: &str = "fingerprint";
