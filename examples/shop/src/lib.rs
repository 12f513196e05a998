//! A shop as a web service, with carts that keep their history.

mod activity;
mod cart;
mod catalogue;
mod commands;
mod customer;
mod customers;
mod demand;
mod email;
mod health;
mod idempotency;
mod page;
mod problem;
mod queries;
mod receipts;
mod request;
mod responses;
mod service;

pub use cart::{AddItem, Cart, CartEvent, CartRefusal, CheckOut, Line, RemoveItem};
pub use catalogue::{PRODUCTS, Product};
pub use customer::{Customer, CustomerEvent, CustomerRefusal, EmailTaken, Emails, Register};
pub use demand::{Demand, TooMuch};
pub use email::{Email, InvalidEmail};
pub use receipts::{ReceiptError, Receipts};
pub use service::Shop;
