//! The shop, asked as its customers ask it: the real program, in HTTP and in a browser.

mod activity;
mod browser;
mod commands;
mod customers;
mod ending;
mod guide;
mod hostile;
mod other_stores;
mod page;
mod page_state;
mod pictures;
mod problems;
mod queries;
mod receipts;
mod service;
