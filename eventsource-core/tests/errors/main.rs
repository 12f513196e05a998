//! Every public error prints its own part, leaves its cause to `source()`, and shows no key.
//!
//! The list of samples is complete by the sources: a new error, or a new variant of one, fails the
//! test until there is a sample of it.

mod samples;
mod scan;

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use samples::{CANARY, Sample};

#[test]
fn there_is_a_sample_of_every_public_error() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let public = scan::public_errors(&src);
    let sampled: BTreeSet<_> = samples::all().iter().map(Sample::name).collect();
    let missing: Vec<_> = public.difference(&sampled).collect();
    let gone: Vec<_> = sampled.difference(&public).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "add samples of {missing:?}; no public error are {gone:?}"
    );
    assert!(public.len() > 50, "the sources were not read: {public:?}");
}

#[test]
fn an_error_prints_its_own_part_only() {
    for sample in samples::all() {
        let repeated = repeated(&*sample.error);
        assert_eq!(repeated, None, "{} prints its source", sample.name());
    }
}

#[test]
fn no_error_shows_a_key() {
    for sample in samples::all() {
        let mut link: Option<&dyn Error> = Some(&*sample.error);
        while let Some(error) = link {
            for shown in [
                error.to_string(),
                format!("{error:?}"),
                format!("{error:#?}"),
            ] {
                assert!(!shown.contains(CANARY), "{}: {shown}", sample.name());
            }
            link = error.source();
        }
    }
}

/// The first cause whose text is in that of the error before it.
fn repeated(error: &dyn Error) -> Option<String> {
    let source = error.source()?;
    let own = source.to_string();
    if error.to_string().contains(&own) {
        return Some(own);
    }
    repeated(source)
}

#[test]
fn an_error_that_prints_its_source_is_noticed() {
    #[derive(Debug, thiserror::Error)]
    #[error("it failed: {0}")]
    struct Repeating(#[source] std::fmt::Error);

    assert!(repeated(&Repeating(std::fmt::Error)).is_some());
}
