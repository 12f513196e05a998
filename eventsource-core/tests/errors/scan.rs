//! Finds the public errors in the sources of a crate.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every public error: `Type` of a struct, `Type::Variant` of each variant of an enum.
pub(crate) fn public_errors(folder: &Path) -> BTreeSet<String> {
    let files = sources(folder);
    let exported = exported(&files);
    let errors = files.iter().flat_map(|file| errors(file));
    errors
        .filter(|error| exported.contains(type_of(error)))
        .collect()
}

fn type_of(error: &str) -> &str {
    error.split("::").next().unwrap_or_default()
}

fn sources(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(fs::read_to_string(path).unwrap());
        }
    }
    files
}

/// All words of all `pub use ..;`.
fn exported(files: &[String]) -> BTreeSet<String> {
    let uses = files.iter().flat_map(|file| file.split("pub use ").skip(1));
    let lists = uses.filter_map(|list| list.split(';').next());
    lists.flat_map(words).collect()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let is_part = |it: char| it.is_alphanumeric() || it == '_';
    text.split(move |it| !is_part(it)).map(str::to_owned)
}

fn errors(file: &str) -> Vec<String> {
    let lines: Vec<&str> = file.lines().collect();
    let mut errors = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if let Some(name) = defined(line)
            && (derives_error(&lines[..index]) || implements_error(file, &name))
        {
            let variants = variants(&lines[index..]);
            let all = variants.iter().map(|variant| format!("{name}::{variant}"));
            errors.extend(all);
            if line.starts_with("pub struct ") {
                errors.push(name);
            }
        }
    }
    errors
}

/// The type that a line of the outermost level defines.
fn defined(line: &str) -> Option<String> {
    let rest = ["pub enum ", "pub struct "]
        .iter()
        .find_map(|kind| line.strip_prefix(kind))?;
    words(rest).next()
}

/// Whether the attributes above a type derive `Error`.
fn derives_error(above: &[&str]) -> bool {
    let attributes = above.iter().rev().take_while(|line| !ends_item(line));
    attributes
        .filter(|line| line.starts_with("#[derive("))
        .any(|line| words(line).any(|word| word == "Error"))
}

fn ends_item(line: &str) -> bool {
    line.is_empty() || line.starts_with('}') || line.starts_with("use ") || line.starts_with("mod ")
}

fn implements_error(file: &str, name: &str) -> bool {
    let implements = |line: &str| {
        let (before, after) = line.split_once(" for ")?;
        let is_error = before == "impl Error" || before.ends_with("error::Error");
        (before.starts_with("impl") && is_error).then(|| words(after).next())?
    };
    file.lines().filter_map(implements).any(|it| it == name)
}

/// The variants of an enum, as `cargo fmt` writes them.
fn variants(lines: &[&str]) -> Vec<String> {
    if !lines[0].starts_with("pub enum ") {
        return Vec::new();
    }
    let inside = lines.iter().skip(1).take_while(|line| **line != "}");
    let names = inside.filter_map(|line| line.strip_prefix("    "));
    let names = names.filter(|line| line.starts_with(|it: char| it.is_ascii_uppercase()));
    names.filter_map(|line| words(line).next()).collect()
}

#[test]
fn an_error_is_found_however_it_is_written() {
    let file = "\
pub use this::{Derived, ByHand, Written};

/// Docs.
#[derive(Debug, thiserror::Error)]
#[error(
    \"it failed\"
)]
pub struct Derived {
    field: u8,
}

#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ByHand<T> {
    /// Docs.
    #[error(\"Not this\")]
    First(T),
    Second {
        field: u8,
    },
}

#[derive(Debug)]
pub enum Written {
    Third,
}

impl std::error::Error for Written {}

#[derive(Debug)]
pub struct NoError;
";
    let found = [
        "ByHand::First",
        "ByHand::Second",
        "Derived",
        "Written::Third",
    ];
    let mut errors = errors(file);
    errors.sort();
    assert_eq!(errors, found);
}
