//! The error of the catalogue.

use std::io;
use std::path::PathBuf;

/// The number of differences that are printed.
const SHOWN: usize = 5;

/// The error of making, writing or checking a [`Catalogue`](crate::Catalogue).
///
/// ```
/// use eventsource_schema::{Catalogue, CatalogueError};
///
/// let none = Catalogue::of_module("no_such_crate").unwrap_err();
/// assert!(matches!(none, CatalogueError::NoEvents { .. }));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// No events are linked.
    #[error(
        "no event{} is linked; a crate that the code does not use is linked by `use shop as _;`",
        of(module.as_deref())
    )]
    NoEvents {
        /// The module that was asked for.
        module: Option<String>,
    },
    /// The shape of some events cannot be found out.
    #[error(
        "the shapes of these events cannot be found out; write `sample = Self::samples` into their `#[event(..)]`, a function that returns values of them:\n- {}",
        events.join("\n- ")
    )]
    Untraceable {
        /// The path of each event, with the reason.
        events: Vec<String>,
    },
    /// Two types describe the same version of an event.
    #[error(
        "version {version} of event `{name}` is defined twice, as `{}` and as `{}`; give one of them another name, or ask for the catalogue of one module with `Catalogue::of_module`",
        paths[0], paths[1]
    )]
    StoredTwice {
        /// The stored name.
        name: &'static str,
        /// The version.
        version: u32,
        /// The paths of both types in the code.
        paths: [String; 2],
    },
    /// A file cannot be read or written.
    #[error("`{}` cannot be read or written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The files differ from those that would be written.
    #[error("the catalogue in `{}` is not current; write it again\n{}", folder.display(), first(files))]
    Outdated {
        /// The folder of the catalogue.
        folder: PathBuf,
        /// The differences: for each file the first line that differs, in the file and as it would be
        /// written.
        files: Vec<String>,
    },
}

/// The first differences, and the number of further ones.
fn first(files: &[String]) -> String {
    let shown = &files[..files.len().min(SHOWN)];
    match files.len() - shown.len() {
        0 => shown.join("\n"),
        more => format!("{}\nand {more} more", shown.join("\n")),
    }
}

fn of(module: Option<&str>) -> String {
    module.map_or_else(String::new, |module| format!(" of `{module}`"))
}
