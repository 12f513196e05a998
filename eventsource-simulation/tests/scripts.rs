//! The scripts of faults that were found.

mod shop;

#[test]
fn no_fault_that_was_found_comes_back() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scripts");
    shop::kept::play_all(&shop::simulation(), folder);
}
