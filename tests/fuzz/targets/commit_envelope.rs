//! Bytes are no envelope, or they are the only ones of their commit.
#![no_main]

use std::ops::Range;

use eventsource_core::wire::CommitEnvelope;
use eventsource_core::{Position, StreamId};
use libfuzzer_sys::fuzz_target;

/// The place of the digest in an envelope.
const DIGEST: Range<usize> = 26..58;
/// The length of the checksum at its end.
const CHECKSUM: usize = 4;

fuzz_target!(|parts: &[u8]| {
    // The checksum fits, so that all that lies behind its check is reached. The digest does not.
    let bytes = [parts, &crc32fast::hash(parts).to_le_bytes()].concat();
    let header = CommitEnvelope::decode_header(&bytes, Position::new(1));
    let Ok(envelope) = CommitEnvelope::decode_without_digest(&bytes) else {
        return;
    };
    let header = header.expect("the envelope was read");
    assert_eq!(header.horizon(), envelope.horizon(Position::new(1)));
    let again = encoded_again(&envelope);
    assert_eq!(again[..DIGEST.start], parts[..DIGEST.start]);
    assert_eq!(
        again[DIGEST.end..again.len() - CHECKSUM],
        parts[DIGEST.end..]
    );
});

fn encoded_again(envelope: &CommitEnvelope<'_>) -> Vec<u8> {
    let first_version = |stream: &StreamId| {
        let first = envelope.events().find(|event| event.stream == stream);
        first.expect("its streams have events").version
    };
    let (commit, time) = (envelope.to_commit(), envelope.recorded_at());
    CommitEnvelope::encode(&commit, time, first_version).expect("it was decoded")
}
