//! A shop as a web service: carts that remember all that happened to them.

mod answers;
mod carry_out;
mod cart;
mod catalogue;
mod commands;
mod customer;
mod customers;
mod demand;
mod email;
mod health;
mod page;
mod problem;
mod queries;
mod receipts;
mod request;
mod service;

pub use cart::{AddItem, Cart, CartEvent, CartRefusal, CheckOut, Line, RemoveItem};
pub use catalogue::{PRODUCTS, Product};
pub use customer::{Customer, CustomerEvent, CustomerRefusal, EmailTaken, Emails, Register};
pub use demand::{Demand, TooMuch};
pub use email::{Email, NoEmail};
pub use receipts::Receipts;
pub use service::Shop;
