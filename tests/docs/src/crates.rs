//! The README of each published crate, whose blocks of Rust are compiled as doctests.

/// Declares the crates, each by the name that a failing block is reported under.
macro_rules! crates {
    ($($name:ident: $folder:literal,)+) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!(concat!("../../../", $folder, "/README.md"))]
            mod $name {}
        )+

        /// The folders of the published crates, as paths from the root of the repository.
        pub const CRATES: &[&str] = &[$($folder),+];
    };
}

crates! {
    conformance: "eventsource-conformance",
    core: "eventsource-core",
    derive: "eventsource-derive",
    schema: "eventsource-schema",
    shape: "eventsource-shape",
    simulation: "eventsource-simulation",
    sqlite: "eventsource-sqlite",
}
