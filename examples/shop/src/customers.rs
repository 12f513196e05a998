//! The requests about customers.

use axum::Json as JsonBody;
use axum::extract::State;
use axum::response::Response;
use eventsource_core::{Handle, Id, Loaded};
use serde::Serialize;

use super::idempotency::execute_once;
use super::problem::Problem;
use super::request::{CommandHeaders, Json, Path};
use super::responses::at_revision;
use super::{Customer, Register, Shop};

#[derive(Serialize)]
struct CustomerResponse<'a> {
    id: String,
    email: &'a str,
}

/// `POST /customers/{id}`; its body is the command.
pub(super) async fn register(
    State(shop): State<Shop>,
    Path(id): Path<Id<Customer>>,
    headers: CommandHeaders,
    Json(register): Json<Register>,
) -> Result<Response, Problem> {
    let decide = |customer: &Customer| customer.handle(&register);
    let receipt = execute_once(&shop.customers, id, headers, &register, decide).await?;
    let version = receipt.revision().version();
    response(&shop.customers.load_at(id, version).await?)
}

/// `GET /customers/{id}`.
pub(super) async fn customer(
    State(shop): State<Shop>,
    Path(id): Path<Id<Customer>>,
) -> Result<Response, Problem> {
    response(&shop.customers.load(id).await?)
}

fn response(customer: &Loaded<Customer>) -> Result<Response, Problem> {
    let id = Loaded::id(customer).to_string();
    let Some(email) = customer.email() else {
        return Err(Problem::not_found(format!("there is no customer {id}")));
    };
    let response = JsonBody(CustomerResponse { id, email });
    Ok(at_revision(Loaded::revision(customer), response))
}
