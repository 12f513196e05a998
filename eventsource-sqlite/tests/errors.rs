//! Errors of this store's own are listed here, as those of the core are in its test of the same name:
//! a new one fails the test until there is a sample of it. What this store says in errors of the core
//! is looked at in `fault.rs`.

#[path = "../../eventsource-core/tests/errors/scan.rs"]
mod scan;

use std::path::Path;

#[test]
fn this_store_has_no_public_error_of_its_own() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let public = scan::public_errors(&src);
    assert!(
        public.is_empty(),
        "add a test of what it prints: {public:?}"
    );
}
