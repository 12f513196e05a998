//! The README and the guide, whose blocks of Rust are compiled as doctests.

mod crates;

pub use crates::CRATES;

/// Declares the pages, each by the name that a failing block is reported under.
macro_rules! pages {
    ($($name:ident: $file:literal,)+) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!(concat!("../../../", $file))]
            mod $name {}
        )+

        /// The pages whose blocks are compiled, as paths from the root of the repository.
        pub const PAGES: &[&str] = &[$($file),+];
    };
}

pages! {
    readme: "README.md",
    benchmarks: "docs/benchmarks.md",
    catalogue: "docs/catalogue.md",
    changing_events: "docs/changing-events.md",
    decisions: "docs/decisions.md",
    design_notes: "docs/design-notes.md",
    faq: "docs/faq.md",
    getting_started: "docs/getting-started.md",
    guarantees: "docs/guarantees.md",
    importing: "docs/importing.md",
    modelling_events: "docs/modelling-events.md",
    operating: "docs/operating.md",
    performance: "docs/performance.md",
    read_models: "docs/read-models.md",
    rules: "docs/rules.md",
    service: "docs/service.md",
    side_effects: "docs/side-effects.md",
    simulation: "docs/simulation.md",
    testing: "docs/testing.md",
    writing_a_store: "docs/writing-a-store.md",
}
