//! What the README shows is what there is.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The blocks of the README that are marked as `language`.
fn blocks(language: &str) -> Vec<String> {
    let readme = read("README.md");
    let opening = format!("```{language}\n");
    let blocks = readme.split(&opening).skip(1).map(|block| {
        let end = block.find("\n```").expect("a block is closed");
        block[..=end].to_owned()
    });
    blocks.collect()
}

#[test]
fn the_cart_of_the_readme_is_the_cart_that_runs() {
    let cart = read("examples/cart/src/lib.rs");
    assert_eq!(blocks("rust")[0], cart);
    let lines = cart.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 55, "the cart has {lines} lines");
}

#[test]
fn the_compiler_message_of_the_readme_is_one_that_is_tested() {
    let message = &blocks("text")[0];
    let tested = read("tests/ui/aggregate/apply_missing.stderr");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&tested).contains(&words(message)), "{message}");
}

#[test]
fn what_the_lock_says_in_the_readme_is_what_it_says() {
    let report = blocks("text")
        .into_iter()
        .find(|block| block.contains("NOT compatible"))
        .expect("the README shows a report");
    let tested = read("eventsource-core/src/lock/tests/told/dropped_event.txt");
    assert!(tested.contains(&report), "{report}");
}
