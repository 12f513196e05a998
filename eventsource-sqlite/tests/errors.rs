//! Every error of this store's own prints its own part, leaves its cause to `source()`, and shows no key.
//!
//! The list of samples is complete by the sources, as that of the core is. What this store says in errors
//! of the core is looked at in `fault.rs`.

#[path = "../../eventsource-core/tests/errors/checks.rs"]
mod checks;
#[path = "../../eventsource-core/tests/errors/scan.rs"]
mod scan;

use std::error::Error;

use checks::Sample;
use eventsource_core::read_model::{ModelMismatch, ModelNamesError};
use eventsource_core::store::{ErrorClass, StoreError, StoreErrorKind};
use eventsource_core::{BrokenRule, Position, ReadError};
use eventsource_sqlite::{InlineError, OpenError};

#[derive(Debug, thiserror::Error)]
#[error("an account with this e-mail address exists already")]
struct EmailTaken;

fn rule() -> InlineError {
    InlineError::Rule(BrokenRule::new(
        "`emails` version 1",
        Position::new(7),
        EmailTaken,
    ))
}

fn store() -> StoreError {
    let error = StoreError::new(StoreErrorKind::Busy, "another connection holds the lock");
    error.caused_by(EmailTaken)
}

fn all() -> Vec<Sample> {
    vec![
        Sample::of(OpenError::Store(store())),
        Sample::of(OpenError::Inline(rule())),
        Sample::of(rule()),
        Sample::of(InlineError::Mismatch(ModelMismatch::OtherSource {
            model: "`emails` version 1".to_owned(),
            next: 2,
        })),
        Sample::of(InlineError::Names(ModelNamesError::new(
            &"`emails` version 1",
            "it is inline twice; name it once",
        ))),
        Sample::of(InlineError::Read(ReadError::Store(store()))),
        Sample::of(InlineError::Store(store())),
    ]
}

#[test]
fn there_is_a_sample_of_every_public_error() {
    checks::assert_complete(env!("CARGO_MANIFEST_DIR"), &all());
}

#[test]
fn an_error_prints_its_own_part_only() {
    checks::assert_own_part_only(&all());
}

#[test]
fn no_error_shows_a_key() {
    checks::assert_no_key(&all());
}

#[test]
fn a_store_that_cannot_be_opened_says_what_is_to_be_done() {
    let rule = OpenError::Inline(rule());
    assert_eq!(rule.class(), ErrorClass::Permanent);
    assert!(rule.to_string().starts_with("the history breaks a rule"));
    let broken = rule.source().unwrap();
    assert!(broken.is::<BrokenRule>(), "{broken}");
    assert!(broken.source().unwrap().is::<EmailTaken>());

    let busy = OpenError::Store(store());
    assert_eq!(busy.class(), ErrorClass::Transient);
    assert!(busy.source().unwrap().is::<EmailTaken>());
}
