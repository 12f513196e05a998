//! Writes the catalogues of the examples, from their code, into the folder of this package or into the
//! given one.

use std::env;
use std::path::PathBuf;

use catalogue::CATALOGUED;
use eventsource_schema::{Catalogue, CatalogueError};

fn main() -> Result<(), CatalogueError> {
    let here = || env!("CARGO_MANIFEST_DIR").into();
    let folder = env::args_os().nth(1).map_or_else(here, PathBuf::from);
    for program in CATALOGUED {
        let catalogue = Catalogue::of_module(program)?;
        catalogue.write_to(folder.join(program))?;
        println!("{}", folder.join(program).display());
    }
    Ok(())
}
