//! The page of the docs that shows what the compiler refuses is what `ui` pins.
//!
//! `UPDATE_EXPECT=1 cargo test -p eventsource-tests --test compiler_errors` writes the page anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::{env, io};

const PAGE: &str = "../eventsource-core/src/compiler_errors.md";

const INTRODUCTION: &str = "\
Every mistake that the macros and the traits refuse, and what rustc 1.95 says to it.

This page is written by a test from the cases that the compiler's messages are tested with. Mistakes
in one item are all told at once, each at its own place.
";

const GROUPS: [(&str, &str); 5] = [
    ("event", "Events"),
    ("aggregate", "Aggregates"),
    ("decision", "Decisions"),
    ("projection", "Projections"),
    ("reactor", "Reactors"),
];

#[test]
fn the_page_shows_every_refusal_with_its_message() {
    let page = page().unwrap();
    let path = root().join(PAGE);
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let shown = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == shown,
        "{PAGE} is not what `ui` pins; write it anew with UPDATE_EXPECT=1"
    );
}

#[test]
fn every_folder_of_refusals_is_on_the_page() {
    let mut folders: Vec<_> = entries(&root().join("ui")).unwrap();
    folders.retain(|folder| folder.is_dir());
    let folders = folders.iter().map(|folder| stem(folder));
    let mut shown = GROUPS.map(|(folder, _)| folder);
    shown.sort_unstable();
    assert!(folders.eq(shown));
}

fn page() -> io::Result<String> {
    let mut page = INTRODUCTION.to_owned();
    for (folder, title) in GROUPS {
        page.extend(["\n# ", title, "\n"]);
        for path in entries(&root().join("ui").join(folder))? {
            if path.extension().is_some_and(|extension| extension == "rs") {
                page.push_str(&refusal(&path)?);
            }
        }
    }
    Ok(page)
}

/// One mistake and its message. The code keeps its first lines, for the message counts them.
fn refusal(path: &Path) -> io::Result<String> {
    let code = fs::read_to_string(path)?;
    let code = code.trim_end().trim_end_matches("fn main() {}").trim_end();
    let message = fs::read_to_string(path.with_extension("stderr"))?;
    let (title, message) = (title(path), message.trim_end());
    Ok(format!(
        "\n## {title}\n\n```text\n{code}\n```\n\n```text\n{message}\n```\n"
    ))
}

/// `apply_missing.rs` as `Apply missing`.
fn title(path: &Path) -> String {
    let words = stem(path).replace('_', " ");
    let first = words.chars().next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(words.chars().skip(1)).collect()
}

fn stem(path: &Path) -> &str {
    path.file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default()
}

/// Lists the entries of a folder, ordered by name.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
