//! A shop's year: purchases from a file become baskets, and baskets become totals.

mod basket;
mod import;
pub mod models;
mod purchases;
mod totals;

pub use basket::{Basket, BasketEvent, CheckedOut, Discounted, ItemAdded, Opened, Refusal};
pub use import::{ImportError, Imported, import};
pub use purchases::{Line, Purchase, PurchaseError, Purchases};
pub use totals::{Totals, TotalsError, totals};
