//! The catalogue as files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use super::event::Version;
use super::{Catalogue, CatalogueError};

const DOCUMENT: &str = "README.md";
const SCHEMAS: &str = "schemas";

/// The name of the file with a version's schema.
pub(super) fn schema(version: &Version) -> String {
    file_name(version.name, version.number)
}

/// Escapes a stored name, which may contain characters that a file name cannot.
fn file_name(name: &str, version: u32) -> String {
    let mut file = String::new();
    for byte in name.bytes() {
        match byte {
            b'-' | b'_' | b'.' => file.push(byte.into()),
            byte if byte.is_ascii_alphanumeric() => file.push(byte.into()),
            byte => {
                let _ = write!(file, "~{byte:02x}");
            }
        }
    }
    format!("{file}.v{version}.json")
}

fn is_schema(file: &str) -> bool {
    let version = file
        .strip_suffix(".json")
        .and_then(|file| file.rsplit_once(".v"));
    version.is_some_and(|(_, version)| version.parse::<u32>().is_ok())
}

/// The link to the schema of a version.
pub(super) fn link(version: &Version) -> String {
    format!("{SCHEMAS}/{}", schema(version))
}

/// The contents to write, by path in the folder.
fn all(catalogue: &Catalogue) -> BTreeMap<String, String> {
    let schemas = catalogue.json_schemas().into_iter();
    let schemas = schemas.map(|((name, version), text)| {
        let file = file_name(name, version);
        (format!("{SCHEMAS}/{file}"), text)
    });
    let document = (DOCUMENT.to_owned(), catalogue.markdown());
    schemas.chain([document]).collect()
}

pub(super) fn write(catalogue: &Catalogue, folder: &Path) -> Result<(), CatalogueError> {
    let schemas = folder.join(SCHEMAS);
    fs::create_dir_all(&schemas).map_err(at(&schemas))?;
    let files = all(catalogue);
    for (name, text) in &files {
        let path = folder.join(name);
        fs::write(&path, text).map_err(at(&path))?;
    }
    for left in left_over(&files, folder)? {
        let path = folder.join(left);
        fs::remove_file(&path).map_err(at(&path))?;
    }
    Ok(())
}

pub(super) fn check(catalogue: &Catalogue, folder: &Path) -> Result<(), CatalogueError> {
    let files = all(catalogue);
    let mut different = Vec::new();
    for (name, text) in &files {
        match read(&folder.join(name))? {
            None => different.push(format!("{name} is not there")),
            Some(kept) => different.extend(difference(name, &kept, text)),
        }
    }
    let left_over = left_over(&files, folder)?.into_iter();
    different.extend(left_over.map(|name| format!("{name} is of no event")));
    if different.is_empty() {
        return Ok(());
    }
    Err(CatalogueError::Outdated {
        folder: folder.to_owned(),
        files: different,
    })
}

fn read(path: &Path) -> Result<Option<String>, CatalogueError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

/// The first line that differs, in the file (`-`) and from the code (`+`). Line endings are ignored,
/// because version control may change them.
fn difference(name: &str, kept: &str, text: &str) -> Option<String> {
    let (mut kept, mut text) = (kept.lines(), text.lines());
    for line in 1_u64.. {
        let (kept, text) = (kept.next(), text.next());
        if kept != text {
            let line_of = |sign, text: Option<&str>| {
                text.map_or_else(String::new, |text| format!("\n{sign} {text}"))
            };
            let (kept, text) = (line_of('-', kept), line_of('+', text));
            return Some(format!("{name}, line {line}:{kept}{text}"));
        }
        if kept.is_none() {
            break;
        }
    }
    None
}

/// Schemas of events that are not in this catalogue.
fn left_over(
    files: &BTreeMap<String, String>,
    folder: &Path,
) -> Result<Vec<String>, CatalogueError> {
    let schemas = folder.join(SCHEMAS);
    let entries = match fs::read_dir(&schemas) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(at(&schemas)(error)),
    };
    let mut left_over = Vec::new();
    for entry in entries {
        let name = entry.map_err(at(&schemas))?.file_name();
        let name = format!("{SCHEMAS}/{}", name.to_string_lossy());
        if is_schema(&name) && !files.contains_key(&name) {
            left_over.push(name);
        }
    }
    left_over.sort();
    Ok(left_over)
}

fn at(path: &Path) -> impl Fn(io::Error) -> CatalogueError {
    let path = path.to_owned();
    move |source| CatalogueError::Io {
        path: path.clone(),
        source,
    }
}
