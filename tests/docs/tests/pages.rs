//! The README and the guide show what there is.

use std::fs;
use std::path::{Path, PathBuf};

use eventsource_docs_tests::PAGES;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The blocks of a page that are marked as `language`.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let page = read(page);
    let opening = format!("```{language}\n");
    let blocks = page.split(&opening).skip(1).map(|block| {
        let end = block.find("\n```").expect("a block is closed");
        block[..=end].to_owned()
    });
    blocks.collect()
}

#[test]
fn the_cart_of_the_readme_is_the_cart_that_runs() {
    let cart = read("examples/cart/src/lib.rs");
    assert_eq!(blocks("README.md", "rust")[0], cart);
    let lines = cart.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 55, "the cart has {lines} lines");
}

#[test]
fn the_compiler_message_of_the_readme_is_one_that_is_tested() {
    let message = &blocks("README.md", "text")[0];
    let tested = read("tests/ui/aggregate/apply_missing.stderr");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&tested).contains(&words(message)), "{message}");
}

#[test]
fn the_report_of_a_lock_in_the_guide_is_one_that_is_tested() {
    let report = blocks("docs/changing-events.md", "text")
        .into_iter()
        .find(|block| block.contains("NOT compatible"))
        .expect("the page shows a report");
    let tested = read("eventsource-schema/src/lock/tests/reports/dropped_event.txt");
    assert!(tested.contains(&report), "{report}");
}

/// A text without indentation, which a page does not have where the code has it.
fn unindented(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    lines.join("\n")
}

#[test]
fn the_code_of_the_page_on_writing_a_store_is_that_of_the_store() {
    let folders = ["examples/keyvalue/src", "examples/keyvalue/tests"];
    let files = folders
        .iter()
        .flat_map(|folder| fs::read_dir(root().join(folder)).unwrap());
    let paths = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file());
    let code: Vec<_> = paths
        .map(|path| unindented(&fs::read_to_string(path).unwrap()))
        .collect();
    let shown = blocks("docs/writing-a-store.md", "rust,ignore");
    assert!(shown.len() > 5, "the page shows code");
    for block in shown {
        let is_there = code
            .iter()
            .any(|file| file.contains(unindented(&block).trim()));
        assert!(is_there, "no file of the store has\n{block}");
    }
}

#[test]
fn the_store_of_the_page_has_at_most_600_lines_of_code() {
    let files = fs::read_dir(root().join("examples/keyvalue/src")).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let store = paths.filter(|path| !path.ends_with("main.rs")); // the program
    let code = store.map(|path| fs::read_to_string(path).unwrap());
    let code: Vec<_> = code.collect();
    let lines = code.iter().flat_map(|file| file.lines());
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let lines = lines.filter(is_code).count();
    assert!(lines <= 600, "the store has {lines} lines of code");
}

#[test]
fn the_readme_is_read_in_ten_minutes() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 250, "the README has {lines} lines; docs/ has room");
}

#[test]
fn every_page_of_the_guide_is_compiled() {
    let folder = fs::read_dir(root().join("docs")).unwrap();
    let files = folder.map(|file| file.unwrap().path());
    let pages = files.filter(|file| file.extension().is_some_and(|it| it == "md"));
    let pages = pages.filter(|page| !page.ends_with("SUMMARY.md"));
    let pages = pages.map(|page| format!("docs/{}", page.file_name().unwrap().display()));
    let mut pages: Vec<_> = pages.collect();
    pages.sort_unstable();
    assert_eq!(PAGES[1..], pages);
}
