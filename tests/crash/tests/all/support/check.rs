//! Checks of a stored history against the report of the processes that wrote it.

use std::collections::{HashMap, HashSet};

use eventsource_core::StreamId;
use eventsource_core::uuid::Uuid;
use eventsource_crash_tests::{Report, commit, number};

use super::history::Read;

/// Checks the whole history of a store.
pub(crate) fn check(history: &[Read], report: &Report) -> Result<(), String> {
    check_commits(history)?;
    check_order(history)?;
    check_report(history, report)
}

/// Checks that every commit is stored once, as it follows from its id.
pub(crate) fn check_commits(history: &[Read]) -> Result<(), String> {
    let mut seen = HashSet::new();
    for read in history {
        let id = read.header.id;
        if !seen.insert(id) {
            return Err(format!("{id} is stored twice"));
        }
        let (writer, number) = number(id);
        let issued = commit(writer, number);
        let events = read.events.iter().map(|read| &read.event);
        if !events.eq(&issued.events) || read.header.events as usize != issued.events.len() {
            return Err(format!("{id} is not stored as it was issued"));
        }
        if *read.header.metadata() != issued.metadata || read.header.digest != issued.digest() {
            return Err(format!("{id} has not the header it was issued with"));
        }
    }
    Ok(())
}

/// Checks that neither the positions nor the versions of a stream have a gap.
pub(crate) fn check_order(history: &[Read]) -> Result<(), String> {
    let mut versions: HashMap<&StreamId, u64> = HashMap::new();
    let events = history.iter().flat_map(|read| &read.events);
    for (place, read) in (1..).zip(events) {
        if read.position != place {
            return Err(format!("{} stands where {place} should", read.position));
        }
        let (stream, version) = (&read.event.stream, read.version);
        let last = versions.entry(stream).or_default();
        *last += 1;
        if version != *last {
            return Err(format!("{stream} has version {version} for {last}"));
        }
    }
    Ok(())
}

/// Checks that every acknowledged commit is stored at the position of its receipt, and that no
/// refused commit and no commit that was never issued is stored.
pub(crate) fn check_report(history: &[Read], report: &Report) -> Result<(), String> {
    let places = history
        .iter()
        .map(|read| (read.header.id, read.header.first.offset().get()));
    let places: HashMap<Uuid, u64> = places.collect();
    if let Some(id) = report.stored.keys().find(|id| !places.contains_key(id)) {
        return Err(format!("{id} was acknowledged and is not stored"));
    }
    for (id, first) in &report.stored {
        if places[id] != *first {
            return Err(format!(
                "{id} was acknowledged at {first}, not {}",
                places[id]
            ));
        }
    }
    if let Some(id) = places.keys().find(|id| report.refused.contains_key(id)) {
        return Err(format!("{id} was refused and is stored"));
    }
    match places.keys().find(|id| !report.may_be_stored(**id)) {
        Some(id) => Err(format!("{id} is stored and was not issued")),
        None => Ok(()),
    }
}

mod controls {
    use std::sync::Arc;

    use eventsource_core::store::CommitHeader;
    use eventsource_core::{Position, Timestamp};
    use eventsource_crash_tests::stored;

    use super::super::history::ReadEvent;
    use super::*;

    /// Builds twenty correct commits of one writer, and the report on them.
    fn good() -> (Vec<Read>, Report) {
        let (mut position, mut versions) = (0, HashMap::<StreamId, u64>::new());
        let (mut history, mut report) = (Vec::new(), Report::default());
        for number in 0..20 {
            let issued = commit(1, number);
            let (first, count) = (Position::new(position + 1), issued.events.len());
            let header = CommitHeader::new(
                issued.id,
                first,
                u32::try_from(count).unwrap(),
                Timestamp::from_micros(0),
                issued.digest(),
            );
            let events = issued.events.into_iter().map(|event| {
                position += 1;
                let version = versions.entry(event.stream.clone()).or_default();
                *version += 1;
                let version = *version;
                ReadEvent {
                    position,
                    version,
                    event,
                }
            });
            let events = events.collect();
            let header = Arc::new(header.with_metadata(issued.metadata));
            report.add_line(&stored(header.id, first.offset().get()));
            history.push(Read { header, events });
        }
        (history, report)
    }

    fn wrong(spoil: impl FnOnce(&mut Vec<Read>, &mut Report)) -> String {
        let (mut history, mut report) = good();
        spoil(&mut history, &mut report);
        check(&history, &report).expect_err("this should be found")
    }

    #[test]
    fn a_good_history_passes_and_spoilt_ones_do_not() {
        let (history, report) = good();
        assert_eq!(check(&history, &report), Ok(()));

        let lost = wrong(|history, _| drop(history.pop()));
        assert!(lost.contains("acknowledged and is not"), "{lost}");
        let twice = wrong(|history, _| history.push(history[3].clone()));
        assert!(twice.contains("twice"), "{twice}");
        let torn = wrong(|history, _| drop(history.last_mut().unwrap().events.pop()));
        assert!(torn.contains("as it was issued"), "{torn}");
        let hole = wrong(|history, _| drop(history.remove(3)));
        assert!(hole.contains("stands where"), "{hole}");
        let skipped = wrong(|history, _| history[19].events[0].version += 1);
        assert!(skipped.contains("version"), "{skipped}");
        let refused = wrong(|history, report| {
            let id = history[4].header.id;
            report.stored.remove(&id);
            report.refused.insert(id, "Full".to_owned());
        });
        assert!(refused.contains("refused and is stored"), "{refused}");
        let other = wrong(|history, _| {
            let event = &mut history[5].events[0].event;
            event.payload = b"{}".to_vec().into();
        });
        assert!(other.contains("as it was issued"), "{other}");
        let invented = wrong(|_, report| *report = Report::default());
        assert!(invented.contains("not issued"), "{invented}");
    }
}
