//! The allocations of decoding.

use allocation_counter::measure;
use eventsource_core::Position;
use eventsource_core::wire::CommitEnvelope;

use crate::raw::{Raw, counted, event, event_type, sized, stream};
use crate::samples;

/// The greatest number of bytes for each byte of an envelope, and for the envelope itself.
const FOR_EACH_BYTE: usize = 32;
const FOR_ITSELF: usize = 1_024;

const MANY: usize = 20_000;

type Change<'a> = &'a dyn Fn(&mut Raw);

#[track_caller]
fn assert_bounded(what: &str, bytes: &[u8]) {
    let info = measure(|| drop(CommitEnvelope::decode(bytes)));
    let allocated = usize::try_from(info.bytes_max).unwrap();
    println!(
        "{what}: {} bytes, {allocated} at once, {} in all",
        bytes.len(),
        info.bytes_total
    );
    let bound = FOR_EACH_BYTE * bytes.len() + FOR_ITSELF;
    assert!(allocated <= bound, "{what}: {allocated} of {bound} bytes");
}

#[test]
fn a_header_is_read_without_an_allocation() {
    for sample in samples::all() {
        let bytes = sample.encoded();
        let read = || drop(CommitEnvelope::decode_header(&bytes, Position::new(1)).unwrap());
        assert_eq!(measure(read).count_total, 0, "{}", sample.name);
    }
}

#[test]
fn no_envelope_takes_more_than_a_small_multiple_of_its_bytes() {
    let changed = |change: Change<'_>| {
        let mut raw = Raw::smallest();
        change(&mut raw);
        raw.sealed()
    };
    let numbers = || (0..MANY).map(|number| number.to_string().into_bytes());
    let event = || event(0, 0, &[], b"");
    let hostile: [(&str, Change<'_>); 8] = [
        ("events", &|raw| raw.events = counted(&vec![event(); MANY])),
        ("streams", &|raw| {
            let streams = (0..MANY as u128).map(|id| stream(b"", id, 1));
            raw.streams = counted(&streams.collect::<Vec<_>>());
        }),
        ("streams of a tenant with a long name", &|raw| {
            raw.tenant = sized(&vec![b't'; MANY]);
            let streams = (0..MANY as u128).map(|id| stream(b"", id, 1));
            raw.streams = counted(&streams.collect::<Vec<_>>());
        }),
        ("types", &|raw| {
            let types = numbers().map(|name| event_type(&name, 1, 1));
            raw.types = counted(&types.collect::<Vec<_>>());
        }),
        ("tags", &|raw| {
            let tags = numbers().map(|tag| sized(&tag));
            raw.tags = counted(&tags.collect::<Vec<_>>());
        }),
        ("empty tags", &|raw| {
            raw.tags = counted(&vec![sized(b""); MANY]);
        }),
        ("uses of a long tag", &|raw| {
            raw.tags = counted(&[sized(&[b'x'; 1_000])]);
            let tags = vec![0; MANY];
            raw.events = counted(&[crate::raw::event(0, 0, &tags, b"")]);
        }),
        ("entries", &|raw| {
            let mut keys: Vec<_> = numbers().collect();
            keys.sort();
            let entries = keys.iter().map(|key| [sized(key), sized(b"v")].concat());
            raw.metadata = [vec![0x80], counted(&entries.collect::<Vec<_>>())].concat();
        }),
    ];
    for (what, change) in hostile {
        assert_bounded(what, &changed(change));
    }
    let sample = samples::all();
    let [smallest, complete, many] = sample.map(|sample| sample.encoded());
    assert_bounded("smallest", &smallest);
    assert_bounded("complete", &complete);
    assert_bounded("many", &many);
}
