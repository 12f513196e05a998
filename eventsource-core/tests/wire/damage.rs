//! Envelopes that were changed.

use eventsource_core::Position;
use eventsource_core::wire::CommitEnvelope;

use crate::samples;

#[test]
fn each_flipped_bit_is_found() {
    for sample in samples::all() {
        let mut bytes = sample.encoded();
        // Of a large envelope each seventh, which is each bit of some bytes and one of each byte.
        let step = if bytes.len() > 2_000 { 7 } else { 1 };
        for bit in (0..8 * bytes.len()).step_by(step) {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(CommitEnvelope::decode(&bytes).is_err(), "bit {bit}");
            let header = CommitEnvelope::decode_header(&bytes, Position::new(1));
            assert!(header.is_err(), "bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        assert!(CommitEnvelope::decode(&bytes).is_ok());
    }
}

#[test]
fn each_cut_and_each_byte_more_is_found() {
    for sample in samples::all() {
        let mut bytes = sample.encoded();
        let step = if bytes.len() > 2_000 { 7 } else { 1 };
        for length in (0..bytes.len()).step_by(step) {
            assert!(
                CommitEnvelope::decode(&bytes[..length]).is_err(),
                "{length}"
            );
            assert!(CommitEnvelope::decode(&bytes[bytes.len() - length..]).is_err());
        }
        for byte in 0..=u8::MAX {
            bytes.push(byte);
            assert!(CommitEnvelope::decode(&bytes).is_err(), "{byte} behind it");
            bytes.pop();
        }
    }
}
