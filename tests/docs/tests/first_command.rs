//! The first command of the README is light: it compiles a cart, and nothing beyond.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The number of crates that a newcomer waits for at most.
const LIMIT: usize = 60;

/// The package that the README runs first.
fn first_package() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let first = readme
        .lines()
        .find_map(|line| line.strip_prefix("$ cargo "));
    let first = first.expect("the README has a command of Cargo");
    let package = first
        .strip_prefix("run -p ")
        .expect("the first one runs a package");
    package.split_whitespace().next().unwrap().to_owned()
}

/// The crates that `cargo run -p PACKAGE` compiles, the package included.
fn crates(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--edges", "normal,build"])
        .args(["--prefix", "none", "--package", package])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let tree = String::from_utf8(output.stdout).unwrap();
    // A line is `name v1.2.3`, and what else there is to say of the crate.
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    tree.lines().map(name).collect()
}

fn heavy(crates: &BTreeSet<String>) -> Vec<&str> {
    let heavy = [
        "axum ",
        "clap ",
        "csv ",
        "indicatif ",
        "tracing-subscriber ",
    ];
    let is_heavy = |name: &&str| heavy.iter().any(|heavy| name.starts_with(heavy));
    crates.iter().map(String::as_str).filter(is_heavy).collect()
}

#[test]
fn the_first_command_runs_the_cart() {
    assert_eq!(first_package(), "cart");
}

#[test]
fn the_cart_compiles_at_most_60_crates() {
    let crates = crates(&first_package());
    assert!(crates.len() <= LIMIT, "{}: {crates:#?}", crates.len());
}

#[test]
fn the_cart_compiles_no_web_framework_no_csv_reader_and_no_terminal_library() {
    assert_eq!(heavy(&crates(&first_package())), [""; 0]);
}

/// The control: in larger programs such crates are noticed.
#[test]
fn a_web_framework_is_noticed() {
    let crates = crates("shop");
    assert!(crates.len() > LIMIT, "{}", crates.len());
    assert!(heavy(&crates)[0].starts_with("axum "));
}
