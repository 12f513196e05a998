//! What every store decides, without I/O: parts that a store is built of.
//!
//! The stores of this workspace stand on them. They are public under the feature `store-author`, for
//! authors of other stores.
