//! Events whose shapes cannot be traced, in a program whose other events are valid.

use eventsource_core::event;
use eventsource_schema::Catalogue;
use eventsource_schema_tests::PostCode;

/// A cart was sent without a sample of its post code.
#[event(name = "cart.lost")]
pub struct Lost {
    /// The post code of the receiver.
    pub to: PostCode,
}

/// A cart was weighed. Its weight is read from a text that has to be a number.
#[event(name = "cart.weighed")]
pub struct Weighed {
    /// The weight.
    #[serde(with = "number")]
    pub grams: u32,
}

mod number {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands it over like this"
    )]
    pub(super) fn serialize<S: Serializer>(grams: &u32, to: S) -> Result<S::Ok, S::Error> {
        grams.to_string().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
        Ok(String::deserialize(from)?.parse().unwrap())
    }
}

#[test]
fn they_are_told_by_their_names_and_with_the_reasons() {
    let error = Catalogue::of_program().unwrap_err().to_string();
    let reason = "`untraceable::Lost`: at `to`, no post code";
    assert!(error.contains(reason), "{error}");
    assert!(
        error.contains("at `cart.weighed`, reading a value that was made up"),
        "{error}"
    );
    assert!(!error.contains("Posted"), "{error}");
}
