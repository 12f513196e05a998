//! Why there is no catalogue, or not the one that is kept.

use std::io;
use std::path::PathBuf;

/// So many differences are printed.
const SHOWN: usize = 5;

/// A catalogue cannot be made, cannot be written, or is not the one that is kept.
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
    /// There is nothing to tell of.
    #[error(
        "no event{} is linked; a crate that nothing is taken from is linked by `use shop as _;`",
        of(module.as_deref())
    )]
    NoEvents {
        /// The module that was asked for.
        module: Option<String>,
    },
    /// It cannot be found out what some events look like.
    #[error(
        "it cannot be found out what these events look like; write `sample = Self::samples` into their `#[event(..)]`, a function that returns values of them:\n- {}",
        events.join("\n- ")
    )]
    Untraceable {
        /// Each of them: where it stands, and why.
        events: Vec<String>,
    },
    /// Two types say that they are one version of one event.
    #[error(
        "version {version} of event `{name}` is there twice, as `{}` and as `{}`; give one of them another name, or ask for the catalogue of one module with `Catalogue::of_module`",
        paths[0], paths[1]
    )]
    StoredTwice {
        /// The stored name.
        name: &'static str,
        /// The version.
        version: u32,
        /// Where they stand in the code.
        paths: [String; 2],
    },
    /// A file cannot be read or written.
    #[error("`{}` cannot be read or written", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is kept is not what would be written.
    #[error("the catalogue in `{}` is not current; write it anew\n{}", folder.display(), first(files))]
    Outdated {
        /// Where it is kept.
        folder: PathBuf,
        /// What is different: a file, and the first line in which it is, as it is kept and as it
        /// would be written.
        files: Vec<String>,
    },
}

/// The first differences, and how many there are more.
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
