//! Reads of a commit that a power cut may still take back.

use eventsource_conformance::store;

use crate::server::{ServerBed, ServerFault};
use crate::verdict::assert_fails;

#[test]
fn readers_see_a_commit_before_its_sync() {
    let report = store::run(|| ServerBed::new(ServerFault::ReadBeforeSync));
    assert_fails(&report, &["no_read_shows_an_append_that_is_held"]);
    let reads = r#"["head", "read", "read_stream", "receipt", "root_ids"]"#;
    let reason = &report.failed[0].reason;
    assert!(reason.ends_with(reads), "all are asked: {reason}");
}
