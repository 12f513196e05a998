//! A repository refuses to store what cannot be read back.

use std::collections::BTreeMap;

use eventsource_core::codec::EncodeError;
use eventsource_core::{Aggregate, Apply, Codec, ExecuteError, Id, MemoryStore, Repository, event};
use serde::{Deserialize, Serialize};

use super::support::count;

#[event]
#[expect(clippy::option_option, reason = "it is refused")]
enum SampleEvent {
    Measured {
        value: f64,
    },
    Nested {
        value: Option<Option<u8>>,
    },
    Skipped {
        #[serde(skip_serializing_if = "Vec::is_empty")]
        values: Vec<u16>,
    },
    Mapped {
        values: BTreeMap<(u8, u8), u8>,
    },
    Wide {
        value: i128,
    },
    Flattened {
        #[serde(flatten)]
        value: WideValue,
    },
    Paid(Payment),
    Mood(Option<Mood>),
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct WideValue {
    value: i128,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Payment {
    Cash,
    Card(String),
    Split(u8, u8),
    Voucher { number: u32 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Mood {
    Good,
}

#[derive(Aggregate, Default)]
#[aggregate(event = SampleEvent)]
struct Sample;

impl Apply<SampleEvent> for Sample {
    fn apply(&mut self, _: SampleEvent) {}
}

const BOTH: [Codec; 2] = [Codec::Json, Codec::MessagePack];

/// The event as it comes back.
async fn stored(codec: Codec, event: &SampleEvent) -> Result<SampleEvent, ExecuteError<()>> {
    let store = MemoryStore::new();
    let samples = Repository::<Sample>::new(store.clone()).with_codec(codec);
    let id = Id::new();
    let stored = samples.execute(id, |_| Ok(event.clone())).await;
    let expected = usize::from(stored.is_ok());
    assert_eq!(
        count(&store).await,
        expected,
        "a refused event leaves nothing"
    );
    stored?;
    Ok(samples.history(id).await?.remove(0).event)
}

/// The event is refused, under its stored name.
async fn assert_refused(codec: Codec, event: SampleEvent, stored_name: &str) {
    let ExecuteError::Encode(error) = stored(codec, &event).await.unwrap_err() else {
        panic!("{event:?} was refused for another reason")
    };
    let (EncodeError::Payload { name, .. } | EncodeError::Unreadable { name, .. }) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(name, stored_name, "{codec}");
    assert!(error.to_string().contains(stored_name), "{error}");
}

async fn assert_stored(codec: Codec, event: SampleEvent) {
    assert_eq!(stored(codec, &event).await.unwrap(), event, "{codec}");
}

#[tokio::test]
async fn a_number_that_is_none_is_refused() {
    for codec in BOTH {
        assert_refused(
            codec,
            SampleEvent::Measured { value: f64::NAN },
            "sample.measured",
        )
        .await;
    }
}

#[tokio::test]
async fn infinity_is_refused_where_it_cannot_be_written() {
    for value in [f64::INFINITY, f64::NEG_INFINITY] {
        assert_refused(
            Codec::Json,
            SampleEvent::Measured { value },
            "sample.measured",
        )
        .await;
        assert_stored(Codec::MessagePack, SampleEvent::Measured { value }).await;
    }
}

#[tokio::test]
async fn some_none_is_refused_as_it_would_come_back_as_none() {
    for codec in BOTH {
        assert_refused(
            codec,
            SampleEvent::Nested { value: Some(None) },
            "sample.nested",
        )
        .await;
        assert_stored(codec, SampleEvent::Nested { value: None }).await;
        assert_stored(
            codec,
            SampleEvent::Nested {
                value: Some(Some(1)),
            },
        )
        .await;
    }
}

#[tokio::test]
async fn a_field_that_is_skipped_and_has_no_default_is_refused() {
    for codec in BOTH {
        assert_refused(
            codec,
            SampleEvent::Skipped { values: Vec::new() },
            "sample.skipped",
        )
        .await;
        assert_stored(codec, SampleEvent::Skipped { values: vec![1] }).await;
    }
}

#[tokio::test]
async fn a_map_whose_keys_are_no_text_is_refused_in_json() {
    let mapped = || SampleEvent::Mapped {
        values: BTreeMap::from([((1, 2), 3)]),
    };
    assert_refused(Codec::Json, mapped(), "sample.mapped").await;
    assert_stored(Codec::MessagePack, mapped()).await;
}

#[tokio::test]
async fn a_wide_number_comes_back_or_is_refused() {
    for value in [i128::MAX, i128::MIN, i128::from(u64::MAX) + 1] {
        for codec in BOTH {
            assert_stored(codec, SampleEvent::Wide { value }).await;
        }
        let flattened = SampleEvent::Flattened {
            value: WideValue { value },
        };
        assert_refused(Codec::Json, flattened, "sample.flattened").await;
    }
}

#[tokio::test]
async fn an_enum_in_a_variant_comes_back() {
    let card = Payment::Card("4711".to_owned());
    let voucher = Payment::Voucher { number: 7 };
    for codec in BOTH {
        for payment in [
            Payment::Cash,
            card.clone(),
            Payment::Split(1, 2),
            voucher.clone(),
        ] {
            assert_stored(codec, SampleEvent::Paid(payment)).await;
        }
        assert_stored(codec, SampleEvent::Mood(Some(Mood::Good))).await;
        assert_stored(codec, SampleEvent::Mood(None)).await;
        assert_stored(codec, SampleEvent::Nothing).await;
    }
}
