//! Each chapter shows its program as it is, and what the program prints.
//!
//! `UPDATE_EXPECT=1 cargo test -p guide` writes both into the chapters.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;

/// The heading of the section with the program, the last one of a chapter.
const HEADING: &str = "\n## The program\n";

/// Declares the programs: a test for each, which is named after the chapter, and the list of all.
macro_rules! programs {
    ($($name:ident: $file:literal,)+) => {
        $(
            #[test]
            fn $name() {
                check($file, env!(concat!("CARGO_BIN_EXE_", $file)));
            }
        )+

        const PROGRAMS: &[&str] = &[$($file),+];
    };
}

programs! {
    changing_events: "changing-events",
    decisions: "decisions",
    getting_started: "getting-started",
    guarantees: "guarantees",
    importing: "importing",
    modelling_events: "modelling-events",
    operating: "operating",
    performance: "performance",
    read_models: "read-models",
    rules: "rules",
    side_effects: "side-effects",
    testing: "testing",
}

#[test]
fn every_program_is_checked() {
    let files = fs::read_dir(root().join("examples/guide/src/bin")).unwrap();
    let names = files.map(|file| file.unwrap().path().file_stem().unwrap().to_owned());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(PROGRAMS, names);
}

/// The blocks that are no parts of a program: they need crates that it does not have.
const OF_OTHER_CRATES: [&str; 3] = [
    "tracing_subscriber::",
    "eventsource_schema::",
    "eventsource_conformance::",
];

#[test]
fn the_parts_of_a_program_in_its_chapter_are_as_in_the_program() {
    let mut parts = 0;
    for name in PROGRAMS {
        let program = unindented(&read(&format!("examples/guide/src/bin/{name}.rs")));
        let chapter = read(&format!("docs/{name}.md"));
        let (text, _) = chapter.split_once(HEADING).unwrap();
        let mut start = 0;
        while let Some(block) = block(text, start, "rust,ignore") {
            start = block.end;
            let part = unindented(&text[block]);
            if OF_OTHER_CRATES.iter().any(|name| part.starts_with(name)) {
                continue;
            }
            assert!(
                program.contains(part.trim()),
                "{name}.rs does not have\n{part}"
            );
            parts += 1;
        }
    }
    assert!(
        parts > 10,
        "the chapters show {parts} parts of their programs"
    );
}

/// A text without indentation, which a part of a program loses on its page.
fn unindented(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    lines.join("\n")
}

/// Compares the chapter with the source of its program, and with its output in an empty folder.
fn check(name: &str, executable: &str) {
    let source = read(&format!("examples/guide/src/bin/{name}.rs"));
    let output = output(executable);

    let path = root().join(format!("docs/{name}.md"));
    let mut chapter = fs::read_to_string(&path).unwrap();
    let shown =
        Shown::find(&chapter).unwrap_or_else(|missing| panic!("{name}.md has no {missing}"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        chapter.replace_range(shown.output, &output);
        chapter.replace_range(shown.program, &source);
        fs::write(path, chapter).unwrap();
        return;
    }
    assert_eq!(
        chapter[shown.program], source,
        "{name}.md shows another program"
    );
    assert_eq!(
        chapter[shown.output], output,
        "{name}.md shows another output"
    );
}

/// The places of the program and of its output in the section `## The program` of a chapter.
struct Shown {
    program: Range<usize>,
    output: Range<usize>,
}

impl Shown {
    fn find(chapter: &str) -> Result<Self, &'static str> {
        let section = chapter.find(HEADING).ok_or("section `## The program`")?;
        let program = block(chapter, section, "rust,ignore").ok_or("program as `rust,ignore`")?;
        let output = block(chapter, program.end, "text").ok_or("output as `text`")?;
        Ok(Self { program, output })
    }
}

/// The lines of the first block in `language` behind `start`.
fn block(page: &str, start: usize, language: &str) -> Option<Range<usize>> {
    let opening = format!("\n```{language}\n");
    let begin = start + page[start..].find(&opening)? + opening.len();
    let length = page[begin - 1..].find("\n```")?;
    Some(begin..begin + length)
}

fn output(executable: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new(executable)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    String::from_utf8(run.stdout).unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
