//! Envelopes of commits that were decided.

use eventsource_core::engine::{Decider, Decision, Lookup, NewCommit, StreamState};
use eventsource_core::store::{CommitTime, Limits};
use eventsource_core::wire::CommitEnvelope;
use eventsource_core::{Position, Revision, StreamId, Timestamp, uuid::Uuid};

use crate::samples;

/// Every other stream has events.
fn state(stream: &StreamId) -> Option<StreamState<()>> {
    let version = stream.root_id().as_u128() >> 1;
    let version = u64::try_from(version % 300).unwrap();
    (version > 0).then(|| StreamState {
        revision: Revision::new(version, Position::new(400), Uuid::max()),
        recorded_at: Timestamp::default(),
        row: (),
    })
}

#[test]
fn a_plan_is_written_as_its_commit_is_with_its_time_and_versions() {
    let mut written = 0;
    for sample in samples::all() {
        let time = CommitTime::clock(sample.recorded_at);
        let Ok(new) = NewCommit::new(sample.commit, time, &Limits::DEFAULT) else {
            continue; // an envelope takes more than a store
        };
        written += 1;
        let mut decider = Decider::new(Position::new(500));
        let plan = loop {
            let lookups = match decider.decide(&new) {
                Decision::Store(plan) => break plan,
                Decision::Needs(lookups) => lookups,
                other => panic!("{other:?}"),
            };
            for lookup in lookups {
                match lookup {
                    Lookup::Stream(stream) => decider.know_stream(stream, state(stream)),
                    Lookup::Commit { first, id } => decider.know_commit(first, id, None),
                    Lookup::Guard(_) => unreachable!("no commit has one"),
                }
            }
        };
        let first_version =
            |stream: &StreamId| state(stream).map_or(1, |it| it.revision.version() + 1);
        let time = plan.header.recorded_at;
        let expected = CommitEnvelope::encode(&new.commit, time, first_version).unwrap();
        assert_eq!(
            CommitEnvelope::encode_plan(&plan).unwrap(),
            expected,
            "{}",
            sample.name
        );
    }
    assert_eq!(written, 2);
}
