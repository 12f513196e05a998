//! An event whose shape nobody finds out, in a program whose other events are as they should be.

use eventsource_core::{Catalogue, event};
use eventsource_schema_tests::PostCode;

/// It is on its way, and nobody says where to.
#[event(name = "cart.lost")]
pub struct Lost {
    /// Where to.
    pub to: PostCode,
}

#[test]
fn it_is_told_by_its_name_and_with_the_reason() {
    let error = Catalogue::of_program().unwrap_err().to_string();
    let told = "`untraceable::Lost`: at `to`, no post code";
    assert!(error.contains(told), "{error}");
    assert!(!error.contains("Posted"), "{error}");
}
