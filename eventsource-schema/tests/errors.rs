//! Errors of the catalogue print their own part, and leave the cause to `source()`, like those of the
//! core.

#[path = "../../eventsource-core/tests/errors/checks.rs"]
mod checks;
#[path = "../../eventsource-core/tests/errors/scan.rs"]
mod scan;

use checks::Sample;
use eventsource_schema::CatalogueError;

fn samples() -> Vec<Sample> {
    vec![
        Sample::of(CatalogueError::NoEvents { module: None }),
        Sample::of(CatalogueError::Untraceable {
            events: vec!["`opened`".into()],
        }),
        Sample::of(CatalogueError::StoredTwice {
            name: "opened",
            version: 1,
            paths: ["a::Opened".into(), "b::Opened".into()],
        }),
        Sample::of(CatalogueError::Io {
            path: "catalogue".into(),
            source: std::io::Error::other(std::fmt::Error),
        }),
        Sample::of(CatalogueError::Outdated {
            folder: "catalogue".into(),
            files: vec!["README.md".into()],
        }),
    ]
}

#[test]
fn there_is_a_sample_of_every_public_error() {
    checks::assert_complete(env!("CARGO_MANIFEST_DIR"), &samples());
}

#[test]
fn an_error_prints_its_own_part_only() {
    checks::assert_own_part_only(&samples());
    checks::assert_no_key(&samples());
}
