//! Writes down what can happen in the examples, from their code: into the folder `catalogue`, or
//! into the one that is given.

use std::env;
use std::path::PathBuf;

use eventsource_schema::{Catalogue, CatalogueError};
use examples::CATALOGUED;

fn main() -> Result<(), CatalogueError> {
    let here = || concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue").into();
    let folder = env::args_os().nth(1).map_or_else(here, PathBuf::from);
    for program in CATALOGUED {
        let catalogue = Catalogue::of_module(&format!("examples::{program}"))?;
        catalogue.write_to(folder.join(program))?;
        println!("{}", folder.join(program).display());
    }
    Ok(())
}
