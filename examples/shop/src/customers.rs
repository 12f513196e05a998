//! What people ask of customers.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::Response;
use eventsource_core::{Handle, Id, Loaded};
use serde::Serialize;

use super::answers::at_revision;
use super::carry_out::carry_out;
use super::problem::Problem;
use super::request::{Asked, Json, Path};
use super::{Customer, Register, Shop};

#[derive(Serialize)]
struct CustomerAnswer<'a> {
    id: String,
    email: &'a str,
}

/// `POST /customers/{id}`; its body is the command.
pub(super) async fn register(
    State(shop): State<Shop>,
    Path(id): Path<Id<Customer>>,
    asked: Asked,
    Json(register): Json<Register>,
) -> Result<Response, Problem> {
    let decide = |customer: &Customer| customer.handle(&register);
    let receipt = carry_out(&shop.customers, id, asked, &register, decide).await?;
    let version = receipt.revision().version();
    answer(&shop.customers.load_at(id, version).await?)
}

/// `GET /customers/{id}`.
pub(super) async fn customer(
    State(shop): State<Shop>,
    Path(id): Path<Id<Customer>>,
) -> Result<Response, Problem> {
    answer(&shop.customers.load(id).await?)
}

fn answer(customer: &Loaded<Customer>) -> Result<Response, Problem> {
    let id = Loaded::id(customer).to_string();
    let Some(email) = customer.email() else {
        return Err(Problem::not_found(format!("there is no customer {id}")));
    };
    let answer = Answer(CustomerAnswer { id, email });
    Ok(at_revision(Loaded::revision(customer), answer))
}
