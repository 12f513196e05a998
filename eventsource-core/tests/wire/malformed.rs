//! Envelopes with a right checksum that break a rule of the format.

use eventsource_core::store::{Commit, StoreError, StoreErrorKind};
use eventsource_core::uuid::Uuid;
use eventsource_core::wire::{CommitEnvelope, WireError};
use eventsource_core::{ReadError, StreamId, Timestamp};

use crate::raw::{Raw, counted, event, event_type, number, sealed, sized, stream};
use crate::samples;

fn refused(change: impl FnOnce(&mut Raw)) -> WireError {
    let mut raw = Raw::smallest();
    change(&mut raw);
    CommitEnvelope::decode(&raw.sealed()).unwrap_err()
}

#[track_caller]
fn assert_malformed(rule: &str, change: impl FnOnce(&mut Raw)) {
    match refused(change) {
        WireError::Malformed { reason, .. } => assert!(reason.contains(rule), "{reason}"),
        error => panic!("{error:?}, and not: {rule}"),
    }
}

#[test]
fn the_description_of_the_format_is_what_is_written() {
    let sample = samples::smallest();
    assert_eq!(Raw::smallest().sealed(), sample.encoded());
}

#[test]
fn a_number_has_its_shortest_form() {
    let rule = "shortest form";
    assert_malformed(rule, |raw| raw.tenant = vec![0x80, 0]);
    assert_malformed(rule, |raw| raw.tenant = [vec![0xff; 9], vec![2]].concat());
    assert_malformed(rule, |raw| raw.tenant = vec![0xff; 11]);
    assert_malformed("32 bits", |raw| {
        raw.types = counted(&[event_type(b"n", 1 << 32, 1)]);
    });
}

#[test]
fn no_length_is_believed_that_is_larger_than_the_rest() {
    let rule = "fewer bytes";
    for length in [1_000, u64::from(u32::MAX), 1 << 60, u64::MAX] {
        assert_malformed(rule, |raw| raw.tenant = number(length));
        assert_malformed(rule, |raw| {
            raw.metadata = [vec![1], number(length)].concat();
        });
        assert_malformed(rule, |raw| {
            raw.metadata = [vec![0x80], number(length)].concat();
        });
        assert_malformed(rule, |raw| raw.streams = number(length));
        assert_malformed(rule, |raw| raw.types = number(length));
        assert_malformed(rule, |raw| raw.tags = number(length));
        assert_malformed(rule, |raw| raw.events = number(length));
        let tags = [vec![1, 0, 0], number(length)].concat();
        assert_malformed(rule, |raw| raw.events = tags);
        let payload = [vec![1, 0, 0, 0, 0], number(length)].concat();
        assert_malformed(rule, |raw| raw.events = payload);
    }
    assert_malformed("end too early", |raw| {
        raw.streams = [counted(&[stream(b"c", 7, 1)]), Vec::new()].concat();
        raw.types = vec![];
        raw.tags = vec![];
        raw.events = vec![];
    });
}

#[test]
fn each_stream_type_and_tag_is_there_once_and_in_the_order_of_its_first_use() {
    let first = || stream(b"c", 7, 1);
    assert_malformed("a stream is there twice", |raw| {
        raw.streams = counted(&[first(), first()]);
    });
    assert_malformed("a type is there twice", |raw| {
        raw.types = counted(&[event_type(b"n", 1, 1), event_type(b"n", 1, 1)]);
    });
    assert_malformed("a tag is there twice", |raw| {
        raw.tags = counted(&[sized(b"a:b"), sized(b"a:b")]);
    });
    let unused = "is not used";
    assert_malformed(unused, |raw| {
        raw.streams = counted(&[first(), stream(b"c", 8, 1)]);
    });
    assert_malformed(unused, |raw| {
        raw.types = counted(&[event_type(b"n", 1, 1), event_type(b"n", 2, 1)]);
    });
    assert_malformed(unused, |raw| raw.tags = counted(&[sized(b"a:b")]));
    let index = "an index is not";
    for number in [1, 2, u32::MAX.into()] {
        assert_malformed(index, |raw| {
            raw.events = counted(&[event(number, 0, &[], b"")]);
        });
        assert_malformed(index, |raw| {
            raw.events = counted(&[event(0, number, &[], b"")]);
        });
        assert_malformed(index, |raw| {
            raw.events = counted(&[event(0, 0, &[number - 1], b"")]);
        });
    }
    assert_malformed(index, |raw| {
        raw.tags = counted(&[sized(b"a:b"), sized(b"c:d")]);
        raw.events = counted(&[event(0, 0, &[1, 0], b"")]);
    });
}

#[test]
fn versions_count_from_1_and_do_not_overflow() {
    assert_malformed("a version is 0", |raw| {
        raw.streams = counted(&[stream(b"c", 7, 0)]);
    });
    assert_malformed("larger than `u64::MAX`", |raw| {
        raw.streams = counted(&[stream(b"c", 7, u64::MAX)]);
    });
    assert_malformed("no events", |raw| {
        raw.events = vec![0];
        raw.tenant = sized(b"no room is the reason");
    });
    assert_malformed("behind the last event", |raw| raw.events.push(0));
}

#[test]
fn texts_are_utf_8_and_the_keys_of_metadata_rise() {
    let rule = "not UTF-8";
    assert_malformed(rule, |raw| raw.tenant = sized(&[0xff]));
    assert_malformed(rule, |raw| raw.streams = counted(&[stream(&[0xff], 7, 1)]));
    assert_malformed(rule, |raw| {
        raw.types = counted(&[event_type(&[0xff], 1, 1)]);
    });
    assert_malformed(rule, |raw| raw.tags = counted(&[sized(&[0xff])]));
    assert_malformed(rule, |raw| {
        raw.metadata = [vec![1], sized(&[0xff])].concat();
    });
    let entries = |keys: [&[u8]; 2]| {
        let entries = keys.map(|key| [sized(key), sized(b"")].concat());
        [vec![0x80], counted(&entries)].concat()
    };
    assert_malformed("do not rise", |raw| raw.metadata = entries([b"a", b"a"]));
    assert_malformed("do not rise", |raw| raw.metadata = entries([b"b", b"a"]));
    assert_malformed("have no entries", |raw| raw.metadata = vec![0x80, 0]);
}

#[test]
fn what_a_later_version_may_write_is_told_by_its_number() {
    let number = 1;
    let encoding = refused(|raw| raw.digest_encoding = number);
    assert_eq!(encoding, WireError::UnknownDigestEncoding { number });
    let number = 3;
    let encoding = refused(|raw| raw.digest_encoding = number);
    assert_eq!(encoding, WireError::UnknownDigestEncoding { number });
    for number in [0, 3, 255] {
        let codec = refused(|raw| raw.types = counted(&[event_type(b"n", 1, number)]));
        assert_eq!(codec, WireError::UnknownCodec { number });
    }
    for state in [1, 255] {
        let archived = refused(|raw| raw.events = vec![1, 0, 0, 0, state, 0]);
        assert_eq!(archived, WireError::UnknownPayloadState { state });
    }
}

#[test]
fn other_content_than_the_digest_says_is_refused() {
    let commit_id = samples::smallest().commit.id;
    let other = WireError::OtherDigest { commit_id };
    assert_eq!(refused(|raw| raw.digest[31] ^= 1), other);
    assert_eq!(refused(|raw| raw.tenant = sized(b"t")), other);
    assert_eq!(
        refused(|raw| raw.metadata = [vec![1], sized(b"a")].concat()),
        other
    );
    assert_eq!(
        refused(|raw| raw.streams = counted(&[stream(b"d", 7, 1)])),
        other
    );
    assert_eq!(
        refused(|raw| raw.streams = counted(&[stream(b"c", 8, 1)])),
        other
    );
    assert_eq!(
        refused(|raw| raw.types = counted(&[event_type(b"m", 1, 1)])),
        other
    );
    assert_eq!(
        refused(|raw| raw.types = counted(&[event_type(b"n", 2, 1)])),
        other
    );
    assert_eq!(
        refused(|raw| raw.types = counted(&[event_type(b"n", 1, 2)])),
        other
    );
    assert_eq!(
        refused(|raw| raw.events = counted(&[event(0, 0, &[], b"x")])),
        other
    );
    let tagged = refused(|raw| {
        raw.tags = counted(&[sized(b"a:b")]);
        raw.events = counted(&[event(0, 0, &[0], b"")]);
    });
    assert_eq!(tagged, other);
}

#[test]
fn the_digest_can_be_compared_later() {
    let mut raw = Raw::smallest();
    raw.digest[0] ^= 1;
    let bytes = raw.sealed();
    let envelope = CommitEnvelope::decode_without_digest(&bytes).unwrap();
    let commit_id = samples::smallest().commit.id;
    let other = WireError::OtherDigest { commit_id };
    assert_eq!(envelope.check_digest(), Err(other));
    let bytes = Raw::smallest().sealed();
    let envelope = CommitEnvelope::decode_without_digest(&bytes).unwrap();
    assert_eq!(envelope.check_digest(), Ok(()));
}

#[test]
fn a_few_bytes_that_stand_for_many_are_refused() {
    let events = vec![event(0, 0, &vec![0; 1_000], b""); 70];
    assert_malformed("larger than an envelope takes", |raw| {
        raw.tags = counted(&[sized(&[b'x'; 1_000])]);
        raw.events = counted(&events);
    });
}

#[test]
fn bytes_that_are_too_few_for_a_checksum_are_refused() {
    assert_eq!(CommitEnvelope::decode(&[]).unwrap_err(), WireError::Empty);
    for length in 1..=4 {
        let refused = CommitEnvelope::decode(&[1; 4][..length]).unwrap_err();
        assert_eq!(refused, WireError::Checksum);
    }
    let nothing = CommitEnvelope::decode(&sealed(&[1])).unwrap_err();
    assert!(matches!(nothing, WireError::Malformed { at: 1, .. }));
}

#[test]
fn a_commit_that_no_envelope_can_hold_is_not_written() {
    let reason = |commit: &Commit, version: u64| {
        let refused = CommitEnvelope::encode(commit, Timestamp::default(), |_| version);
        match refused.unwrap_err() {
            WireError::NotEncodable { reason, .. } => reason,
            error => panic!("{error:?}"),
        }
    };
    let mut commit = samples::smallest().commit;
    assert!(reason(&commit, 0).contains("version"));
    assert!(reason(&commit, u64::MAX).contains("version"));
    let mut other = commit.events[0].clone();
    other.stream = StreamId::new("c", Uuid::nil()).in_tenant("t");
    commit.events.push(other);
    assert!(reason(&commit, 1).contains("tenants"));
    commit.events[1] = commit.events[0].clone();
    commit.events[1].payload = vec![0; CommitEnvelope::CONTENT_BYTES].into();
    assert!(reason(&commit, 1).contains("CONTENT_BYTES"));
    assert!(reason(&Commit::new(Uuid::nil(), Vec::new()), 1).contains("no events"));
}

#[test]
fn a_store_tells_damage_from_a_later_version() {
    let kind = |error: WireError| match ReadError::from(StoreError::from(error)) {
        ReadError::Store(error) => error.kind(),
        error => panic!("{error:?}"),
    };
    assert_eq!(kind(WireError::Checksum), StoreErrorKind::Corrupt);
    let later = refused(|raw| raw.digest_encoding = 3);
    assert_eq!(kind(later), StoreErrorKind::Incompatible);
}
