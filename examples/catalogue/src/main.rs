//! Writes the catalogues of the examples, from their code, into the folder of this package or into the
//! given one.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use catalogue::CATALOGUED;
use eventsource_schema::Catalogue;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let here = || env!("CARGO_MANIFEST_DIR").into();
    let folder = env::args_os().nth(1).map_or_else(here, PathBuf::from);
    for program in CATALOGUED {
        let catalogue = Catalogue::of_module(program)?;
        catalogue.write_to(folder.join(program))?;
        println!("{}", folder.join(program).display());
    }
    Ok(())
}
