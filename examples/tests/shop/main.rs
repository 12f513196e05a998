//! The shop, asked as its customers ask it: the real program, in HTTP and in a browser.
#![cfg(feature = "shop")]

mod browser;
mod commands;
mod customers;
mod ending;
mod hostile;
mod other_stores;
mod page;
mod problems;
mod queries;
mod readme;
mod receipts;
mod service;
