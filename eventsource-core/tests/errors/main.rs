//! Every public error prints its own part, leaves its cause to `source()`, and shows no key.
//!
//! The list of samples is complete by the sources: a new error, or a new variant of one, fails the
//! test until there is a sample of it.

mod checks;
mod samples;
mod scan;

#[test]
fn there_is_a_sample_of_every_public_error() {
    let samples = samples::all();
    checks::assert_complete(env!("CARGO_MANIFEST_DIR"), &samples);
    assert!(samples.len() > 50, "the sources were not read");
}

#[test]
fn an_error_prints_its_own_part_only() {
    checks::assert_own_part_only(&samples::all());
}

#[test]
fn no_error_shows_a_key() {
    checks::assert_no_key(&samples::all());
}

#[test]
fn an_error_that_prints_its_source_is_noticed() {
    #[derive(Debug, thiserror::Error)]
    #[error("it failed: {0}")]
    struct Repeating(#[source] std::fmt::Error);

    assert!(checks::repeated(&Repeating(std::fmt::Error)).is_some());
}
