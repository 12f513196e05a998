//! The scripts of faults that were found, each with what it found in its first line.

mod shop;

use std::fs;
use std::path::Path;

use eventsource_simulation::Script;

#[test]
fn no_fault_that_was_found_comes_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let script: Script = fs::read_to_string(&file).unwrap().parse().unwrap();
        let played = shop::simulation().play(&script);
        assert!(
            played.is_ok(),
            "{}: {}",
            file.display(),
            played.unwrap_err()
        );
        count += 1;
    }
    assert!(count > 0, "there are scripts");
}
