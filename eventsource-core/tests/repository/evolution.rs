//! Events that another version of the program stored.

use eventsource_core::codec::DecodeError;
use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Aggregate, Apply, Codec, ErrorClass, Id, LoadError, Loaded, MemoryStore, Position, Repository,
    StreamStore, event,
};

#[event(name = "parcel.weighed", version = 3, from = WeighedV2)]
struct Weighed {
    grams: u64,
    scale: String,
}

#[event(name = "parcel.weighed", version = 2, from = WeighedV1)]
struct WeighedV2 {
    grams: u64,
}

#[event(name = "parcel.weighed")]
struct WeighedV1 {
    kilos: u64,
}

impl From<WeighedV1> for WeighedV2 {
    fn from(old: WeighedV1) -> Self {
        Self {
            grams: old.kilos * 1_000,
        }
    }
}

impl From<WeighedV2> for Weighed {
    fn from(old: WeighedV2) -> Self {
        Self {
            grams: old.grams,
            scale: "unknown".to_owned(),
        }
    }
}

#[event(name = "parcel.sent", alias = "parcel.posted")]
struct Sent;

#[derive(Aggregate, Debug, Default, PartialEq)]
#[aggregate(events(Weighed, Sent), ignores("parcel.painted"))]
struct Parcel {
    grams: u64,
    scale: String,
    sent: bool,
}

impl Apply<Weighed> for Parcel {
    fn apply(&mut self, event: Weighed) {
        (self.grams, self.scale) = (event.grams, event.scale);
    }
}

impl Apply<Sent> for Parcel {
    fn apply(&mut self, Sent: Sent) {
        self.sent = true;
    }
}

/// A parcel of which these events are stored: name, version and payload.
async fn stored(events: &[(&'static str, u32, &str)]) -> (Repository<Parcel>, Id<Parcel>) {
    let parcels = Repository::<Parcel>::new(MemoryStore::new());
    let id = Id::new();
    let events = events.iter().map(|(name, schema, payload)| {
        NewEvent::new(
            parcels.stream(id),
            *name,
            *schema,
            Codec::Json,
            payload.as_bytes().to_vec(),
        )
    });
    let commit = Commit::new(Uuid::now_v7(), events.collect());
    parcels.store().append(commit).await.unwrap();
    (parcels, id)
}

/// The error of the second event of a parcel.
async fn fault(name: &'static str, schema: u32, payload: &str) -> DecodeError {
    let (parcels, id) = stored(&[("parcel.sent", 1, "{}"), (name, schema, payload)]).await;
    let of_history = parcels.history(id).await.unwrap_err();
    let of_load = parcels.load(id).await.unwrap_err();
    assert_eq!(of_load.to_string(), of_history.to_string());
    assert_eq!(of_load.class(), ErrorClass::Permanent);
    let LoadError::Decode {
        stream,
        version,
        position,
        source,
    } = of_load
    else {
        panic!("{of_load:?}")
    };
    assert_eq!(
        (*stream, version, position),
        (parcels.stream(id), 2, Position::new(2))
    );
    source
}

#[tokio::test]
async fn every_earlier_version_is_read_as_todays() {
    for (schema, payload, grams, scale) in [
        (1, r#"{"kilos":2}"#, 2_000, "unknown"),
        (2, r#"{"grams":30}"#, 30, "unknown"),
        (3, r#"{"grams":4,"scale":"north"}"#, 4, "north"),
    ] {
        let (parcels, id) = stored(&[("parcel.weighed", schema, payload)]).await;
        let parcel = Loaded::into_state(parcels.load(id).await.unwrap());
        assert_eq!(
            parcel,
            Parcel {
                grams,
                scale: scale.to_owned(),
                sent: false
            }
        );
    }
}

#[tokio::test]
async fn an_event_is_read_under_the_name_it_had_before() {
    let (parcels, id) = stored(&[("parcel.posted", 1, "{}")]).await;
    assert!(parcels.load(id).await.unwrap().sent);
}

#[tokio::test]
async fn a_version_of_the_future_is_an_error() {
    let fault = fault("parcel.weighed", 4, "{}").await;
    assert_eq!(
        fault,
        DecodeError::FromTheFuture {
            name: "parcel.weighed".to_owned(),
            stored: 4,
            known: 3
        }
    );
}

#[tokio::test]
async fn an_unknown_name_is_an_error_that_says_where_it_stands() {
    let fault = fault("parcel.lost", 1, "{}").await;
    assert_eq!(
        fault,
        DecodeError::UnknownName {
            name: "parcel.lost".to_owned()
        }
    );
}

#[tokio::test]
async fn a_name_that_is_ignored_counts_as_a_version_and_changes_nothing() {
    let events = [
        ("parcel.sent", 1, "{}"),
        ("parcel.painted", 7, "not even JSON"),
    ];
    let (parcels, id) = stored(&events).await;
    let parcel = parcels.load(id).await.unwrap();
    assert_eq!(
        (Loaded::revision(&parcel).version(), parcel.sent),
        (2, true)
    );
    assert_eq!(parcels.history(id).await.unwrap().len(), 1);
    let next = parcels.execute(id, |_| Ok::<_, ()>(Sent)).await.unwrap();
    assert_eq!(next.revision().version(), 3);
}

#[tokio::test]
async fn a_payload_that_does_not_fit_is_told_without_what_it_holds() {
    for payload in [
        r#"{"grams":"secret","scale":"secret"}"#,
        r#"{"grams":-4711,"scale":"secret"}"#,
        r#"{"grams":4711.5,"scale":"secret"}"#,
        r#"{"grams":4711,"scale":4711}"#,
        r#"{"grams":4711,"scale":["secret"]}"#,
        r#"["secret"]"#,
        r#""secret""#,
        r#"{"grams":4711,"scale":"secret"#,
        r#"{"grams":4711,"scale":"secret"} 4711"#,
        r#"{"grams":4711,"grams":4711,"scale":"secret"}"#,
        "secret",
        "4711",
    ] {
        let fault = fault("parcel.weighed", 3, payload).await;
        let message = format!("{fault} {fault:?}");
        assert!(
            !message.contains("secret") && !message.contains("4711"),
            "{message}"
        );
        assert!(message.contains("parcel.weighed"), "{message}");
    }
}
