//! Code of a projection that panics before there is a row, or over one.

use eventsource_core::codec::DecodeError;
use eventsource_core::runner::ProjectionError;
use eventsource_core::{
    MemoryReadModels, MemoryStore, Position, Project, Projection, ReadModel, ReadModelError,
    Recorded, Runner,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::meters::{MeterEvent, read};

/// A key function that knows no place without a name.
#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "places", key = Self::place, columns(place), event = MeterEvent)]
struct Places {
    reads: u64,
}

impl Places {
    fn place(recorded: &Recorded<MeterEvent>) -> Option<String> {
        match &recorded.event {
            MeterEvent::Read { place, .. } => {
                assert_ne!(place, "", "a place without a name");
                Some(place.clone())
            }
            _ => None,
        }
    }
}

impl Project<MeterEvent> for Places {
    fn project(&mut self, _: &Recorded<MeterEvent>) {
        self.reads += 1;
    }
}

#[tokio::test]
async fn a_key_function_that_panics_stops_the_projection_and_says_at_which_event() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    read(&store, "", 1).await;
    let runner = Runner::new(store.clone(), models.clone()).project::<Places>();
    let error = runner.catch_up().await.unwrap_err();
    let ProjectionError::Undecodable(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!((error.position, error.version), (Position::new(2), 1));
    assert_eq!(error.stream.category(), "meter");
    let DecodeError::Panicked { code, message, .. } = &error.source else {
        panic!("{error:?}")
    };
    assert_eq!(*code, "its key function");
    assert!(message.contains("a place without a name"), "{message}");
}

/// A row that cannot be written when it counts 3, and not be read when it counts 2.
#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "moody", key = place, event = MeterEvent(Read), stop_on_error)]
struct Moody {
    #[serde(serialize_with = "not_three", deserialize_with = "not_two")]
    reads: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn not_three<S: Serializer>(reads: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    assert_ne!(*reads, 3, "not three");
    serializer.serialize_u64(*reads)
}

fn not_two<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let reads = u64::deserialize(deserializer)?;
    assert_ne!(reads, 2, "not two");
    Ok(reads)
}

impl Project<MeterEvent> for Moody {
    fn project(&mut self, recorded: &Recorded<MeterEvent>) {
        if let MeterEvent::Read { units, .. } = recorded.event {
            self.reads = units;
        }
    }
}

#[tokio::test]
async fn a_row_that_panics_while_it_is_written_or_read_is_an_error_of_the_row() {
    for (units, said) in [
        (3, "it panicked: assertion"),
        (2, "`Deserialize` panicked: "),
    ] {
        let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
        read(&store, "kitchen", units).await;
        let runner = Runner::new(store.clone(), models.clone()).project::<Moody>();
        let error = runner.catch_up().await.unwrap_err();
        let ProjectionError::Unwritable { message, .. } = error else {
            panic!("{error:?}")
        };
        assert!(message.contains(said), "{message}");
        let rows = ReadModel::<Moody>::new(store, models);
        let unread = rows.get("kitchen").await.unwrap_err();
        assert!(
            matches!(unread, ReadModelError::Rebuilding { .. }),
            "{unread:?}"
        );
    }
}
