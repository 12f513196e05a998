//! Stores that are wrong on purpose. Each differs from a right one in one fault, and the suite has to
//! find it: exactly the cases that the test names fail, and a right store fails none.

mod connection;
mod events;
mod expectations;
mod faulty;
mod faulty_models;
mod generations;
mod handlers;
mod identity;
mod inline;
mod leases;
mod locks;
mod model_keys;
mod names;
mod page;
mod pages;
mod positions;
mod reads;
mod right;
mod sequence;
mod server;
mod verdict;
mod verify;
