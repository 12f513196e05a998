//! What people ask of customers.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::Response;
use eventsource_core::{Id, Loaded};
use serde::{Deserialize, Serialize};

use super::answers::at_revision;
use super::carry_out::carry_out;
use super::problem::Problem;
use super::request::{Asked, Json, Path};
use super::{Customer, Email, Shop};

/// The body of `POST /customers/{id}`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Register {
    email: Email,
}

#[derive(Serialize)]
struct CustomerAnswer<'a> {
    id: String,
    email: &'a str,
}

pub(super) async fn register(
    State(shop): State<Shop>,
    Path(id): Path<Id<Customer>>,
    asked: Asked,
    Json(command): Json<Register>,
) -> Result<Response, Problem> {
    let register = |customer: &Customer| customer.register(&command.email);
    let receipt = carry_out(&shop.customers, id, asked, &command, register).await?;
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
    let id = customer.id().to_string();
    let Some(email) = customer.email() else {
        return Err(Problem::not_found(format!("there is no customer {id}")));
    };
    let answer = Answer(CustomerAnswer { id, email });
    Ok(at_revision(customer.revision(), answer))
}
