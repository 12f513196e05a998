//! The published crates have what crates.io and docs.rs show of them.

use std::fs;
use std::path::{Path, PathBuf};

use eventsource_docs_tests::CRATES;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The value of a key in the table `[package]` of a manifest.
fn value<'a>(manifest: &'a str, key: &str) -> Option<&'a str> {
    let package = manifest.split("\n[").next()?;
    let line = package.lines().find_map(|line| line.strip_prefix(key));
    line?.strip_prefix(" = ")
}

#[test]
fn all_crates_that_are_published_are_here() {
    let folders = fs::read_dir(root()).unwrap();
    let names = folders.map(|folder| folder.unwrap().file_name().into_string().unwrap());
    let mut crates: Vec<_> = names
        .filter(|name| name.starts_with("eventsource-"))
        .filter(|name| value(&read(&format!("{name}/Cargo.toml")), "publish").is_none())
        .collect();
    crates.sort_unstable();
    assert_eq!(crates, CRATES);
}

#[test]
fn each_has_a_description_keywords_and_a_page_of_documentation() {
    for folder in CRATES {
        let manifest = read(&format!("{folder}/Cargo.toml"));
        let value = |key| value(&manifest, key).unwrap_or_else(|| panic!("{folder}: no `{key}`"));
        assert!(value("description").len() > 30, "{folder}");
        let keywords = value("keywords").split(',').count();
        assert!((2..=5).contains(&keywords), "{folder}: {keywords} keywords");
        assert!(value("categories").contains('"'), "{folder}");
        assert_eq!(
            value("documentation"),
            format!("\"https://docs.rs/{folder}\"")
        );
        assert_eq!(value("readme"), "\"README.md\"");
        assert!(
            manifest.contains("[package.metadata.docs.rs]\nall-features = true\n"),
            "{folder}"
        );
    }
}

#[test]
fn all_declare_one_oldest_rust_and_the_readme_says_it() {
    let mut declared: Vec<_> = CRATES
        .iter()
        .map(|folder| {
            let manifest = read(&format!("{folder}/Cargo.toml"));
            value(&manifest, "rust-version")
                .unwrap()
                .trim_matches('"')
                .to_owned()
        })
        .collect();
    declared.dedup();
    let [oldest] = declared.as_slice() else {
        panic!("{declared:?}")
    };
    assert!(
        read("README.md").contains(&format!("Rust {oldest}")),
        "{oldest}"
    );
}

#[test]
fn each_has_a_readme_with_an_example_and_both_licences() {
    for folder in CRATES {
        let readme = read(&format!("{folder}/README.md"));
        assert!(readme.starts_with(&format!("# {folder}\n")), "{folder}");
        assert!(readme.contains("```rust"), "{folder}: no example");
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            assert_eq!(read(&format!("{folder}/{licence}")), read(licence));
        }
    }
}
