//! Envelopes as they were written once. Every later version reads them, and the version that wrote
//! them writes the same bytes again.
//!
//! `EVENTSOURCE_GOLDEN=write` writes the file of a sample that has none, and never over one.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use eventsource_core::wire::{CommitEnvelope, WireError};

use crate::samples::{self, Sample};

#[test]
fn kept_envelopes_are_read() {
    for sample in samples::all() {
        let kept = kept(&sample);
        let envelope = CommitEnvelope::decode(&kept).unwrap();
        assert_eq!(envelope.to_commit(), sample.commit, "{}", sample.name);
        assert_eq!(envelope.recorded_at(), sample.recorded_at);
        assert_eq!(envelope.digest(), sample.commit.digest());
        for event in envelope.events() {
            let first = (sample.first_version)(event.stream);
            let before = sample.commit.events.iter().take(event.index as usize);
            let before = before.filter(|it| it.stream == *event.stream).count();
            assert_eq!(event.version, first + before as u64, "{}", sample.name);
        }
    }
}

#[test]
fn the_same_commit_is_written_with_the_kept_bytes() {
    for sample in samples::all() {
        assert_eq!(sample.encoded(), kept(&sample), "{}", sample.name);
    }
}

#[test]
fn the_kept_envelopes_have_version_1_and_others_are_refused() {
    assert_eq!(CommitEnvelope::VERSION, 1);
    let mut kept = kept(&samples::smallest());
    assert_eq!(kept[0], 1);
    for version in (0..=u8::MAX).filter(|version| *version != 1) {
        kept[0] = version;
        let refused = CommitEnvelope::decode(&kept).unwrap_err();
        assert_eq!(refused, WireError::UnknownVersion { version });
    }
}

fn kept(sample: &Sample) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire/golden");
    let path = folder.join(format!("v1-{}.hex", sample.name));
    let is_to_write = std::env::var("EVENTSOURCE_GOLDEN").is_ok_and(|it| it == "write");
    if is_to_write && !path.exists() {
        fs::write(&path, to_hex(&sample.encoded())).unwrap();
    }
    let text = fs::read_to_string(&path);
    from_hex(&text.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// 32 bytes a line.
fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for line in bytes.chunks(32) {
        for byte in line {
            write!(text, "{byte:02x}").unwrap();
        }
        text.push('\n');
    }
    text
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    assert!(rest.is_empty(), "a byte has two digits");
    let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.iter().map(byte).collect()
}
