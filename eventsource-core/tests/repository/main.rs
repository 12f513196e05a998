//! Aggregates in a store: loading them, and deciding on them.

mod as_of;
mod busy;
mod cached;
mod commit_id;
mod conflict;
mod evolution;
mod execute;
mod expecting;
mod faulty_store;
mod history;
mod hot;
mod ids;
mod import;
mod load;
mod nested;
mod panicked_states;
mod panics;
mod parts;
mod readable;
mod round_trip;
mod skew;
mod support;
mod transact;
