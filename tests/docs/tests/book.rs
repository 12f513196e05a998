//! The guide is a book: each page is in its summary, and each link leads to something.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use eventsource_docs_tests::PAGES;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines of a page that are not in a block of code.
fn prose(text: &str) -> Vec<&str> {
    let mut in_code = false;
    let is_prose = |line: &&str| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    };
    text.lines().filter(is_prose).collect()
}

/// The targets of the links that lead to a file of the repository, or to a part of their own page.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text).join("\n");
    let targets = prose.split("](").skip(1);
    let targets = targets.filter_map(|rest| Some(rest.split_once(')')?.0));
    let targets = targets.filter(|target| !target.contains("://"));
    targets.map(str::to_owned).collect()
}

/// The anchors of a page's headings, as GitHub and mdBook make them.
fn anchors(text: &str) -> HashSet<String> {
    let (mut anchors, mut seen) = (HashSet::new(), BTreeMap::<String, u32>::new());
    for line in prose(text) {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let is_kept = |letter: &char| letter.is_alphanumeric() || "-_ ".contains(*letter);
        let slug: String = title.trim().chars().filter(is_kept).collect();
        let slug = slug.to_lowercase().replace(' ', "-");
        let count = seen.entry(slug.clone()).or_default();
        let anchor = if *count == 0 {
            slug
        } else {
            format!("{slug}-{count}")
        };
        *count += 1;
        anchors.insert(anchor);
    }
    anchors
}

/// Says what is wrong with a link of a page.
fn fault(page: &Path, link: &str) -> Option<&'static str> {
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if file.is_empty() {
        page.to_owned()
    } else {
        page.parent().unwrap().join(file)
    };
    if !target.exists() {
        return Some("there is no such file");
    }
    let is_missing = !anchor.is_empty() && !anchors(&read(&target)).contains(anchor);
    is_missing.then_some("the page has no such heading")
}

#[test]
fn every_link_of_the_pages_leads_to_a_file_and_a_heading() {
    let others = [
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/SUMMARY.md",
    ];
    let mut faults = Vec::new();
    for page in PAGES.iter().chain(&others) {
        let path = root().join(page);
        for link in links(&read(&path)) {
            if let Some(fault) = fault(&path, &link) {
                faults.push(format!("{page} links to `{link}`: {fault}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_summary_has_every_page_once() {
    let listed = links(&read(&root().join("docs/SUMMARY.md")));
    let mut listed: Vec<_> = listed.iter().map(|page| format!("docs/{page}")).collect();
    listed.sort_unstable();
    assert_eq!(PAGES[1..], listed);
}

/// The controls: what the test of links has to find.
#[test]
fn a_link_that_leads_nowhere_is_noticed() {
    let page = root().join("docs/SUMMARY.md");
    assert_eq!(fault(&page, "nowhere.md"), Some("there is no such file"));
    let missing = Some("the page has no such heading");
    assert_eq!(fault(&page, "guarantees.md#nowhere"), missing);
    assert_eq!(fault(&page, "guarantees.md#damage-to-the-file"), None);
}

#[test]
fn an_anchor_is_the_title_without_signs() {
    let page = "# A `Clone`, or not?\n```text\n# no title\n```\n## Twice\n## Twice\n#no title\n";
    let expected = ["a-clone-or-not", "twice", "twice-1"];
    assert_eq!(anchors(page), HashSet::from(expected.map(str::to_owned)));
    let page =
        "[one](a.md) and [two](#b)\n```rust\nlet it = [f](c);\n```\n[out](https://d.example)";
    assert_eq!(links(page), ["a.md", "#b"]);
}
