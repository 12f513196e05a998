//! Stores that are wrong on purpose. Each differs from a right one in one fault, and the suite has to
//! find it: exactly the cases that the test names fail, and a right store fails none.

mod abilities;
mod batches;
mod clocks;
mod connection;
mod events;
mod expectations;
mod faulty;
mod faulty_models;
mod generations;
mod handlers;
mod horizons;
mod identity;
mod inline;
mod leases;
mod limits;
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
mod sources;
mod unsynced;
mod verdict;
mod verify;
mod visits;
