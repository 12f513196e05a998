//! Each chapter shows its program as it is, and what the program prints.
//!
//! `UPDATE_EXPECT=1 cargo test -p guide` writes both into the chapters.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;

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
    getting_started: "getting-started",
    guarantees: "guarantees",
    operating: "operating",
    performance: "performance",
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

/// Compares the chapter with the source of its program, and with its output in an empty folder.
fn check(name: &str, executable: &str) {
    let source = root().join(format!("examples/guide/src/bin/{name}.rs"));
    let source = fs::read_to_string(source).unwrap();
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
        let heading = "\n## The program\n";
        let section = chapter.find(heading).ok_or("section `## The program`")?;
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

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
