//! Values of all kinds come back as they were, bit for bit.

use std::collections::BTreeMap;

use eventsource_core::{Aggregate, Apply, Codec, Id, IntoEvents, MemoryStore, Repository, event};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Values {
    float: f64,
    single: f32,
    text: String,
    character: char,
    signed: i64,
    unsigned: u64,
    bytes: Vec<u8>,
    map: BTreeMap<String, Option<i64>>,
}

#[event]
enum SampleEvent {
    Everything(Values),
    Text(String),
    Pair(i64, u64),
}

#[event]
struct Sampled {
    values: Values,
}

#[derive(Aggregate, Default)]
#[aggregate(event = SampleEvent)]
struct Sample;

impl Apply<SampleEvent> for Sample {
    fn apply(&mut self, _: SampleEvent) {}
}

#[derive(Aggregate, Default)]
#[aggregate(event = Sampled)]
struct Listed;

impl Apply<Sampled> for Listed {
    fn apply(&mut self, _: Sampled) {}
}

const BOTH: [Codec; 2] = [Codec::Json, Codec::MessagePack];

/// The event as it comes back.
fn stored<A: Aggregate>(codec: Codec, event: &A::Event) -> A::Event
where
    A::Event: Clone + IntoEvents<A::Event>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime starts").block_on(async {
        let samples = Repository::<A>::new(MemoryStore::new()).with_codec(codec);
        let id = Id::new();
        samples
            .execute(id, |_| Ok::<_, ()>(event.clone()))
            .await
            .unwrap();
        samples.history(id).await.unwrap().remove(0).event
    })
}

fn floats() -> impl Strategy<Value = f64> {
    use prop::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    let extreme = prop::sample::select(vec![
        f64::MIN,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        -0.0,
        0.1,
    ]);
    prop_oneof![9 => POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO, 1 => extreme]
}

fn singles() -> impl Strategy<Value = f32> {
    use prop::num::f32::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO
}

fn texts() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..20).prop_map(String::from_iter)
}

fn signed() -> impl Strategy<Value = i64> {
    let extreme = prop::sample::select(vec![i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX]);
    prop_oneof![any::<i64>(), extreme, -200_i64..200]
}

fn unsigned() -> impl Strategy<Value = u64> {
    let extreme = prop::sample::select(vec![u64::MAX, u64::MAX - 1, 1 << 63, (1 << 53) + 1]);
    prop_oneof![any::<u64>(), extreme, 0_u64..200]
}

fn values() -> impl Strategy<Value = Values> {
    let map = prop::collection::btree_map(texts(), prop::option::of(signed()), 0..4);
    let bytes = prop::collection::vec(any::<u8>(), 0..20);
    (
        floats(),
        singles(),
        texts(),
        any::<char>(),
        signed(),
        unsigned(),
        bytes,
        map,
    )
        .prop_map(
            |(float, single, text, character, signed, unsigned, bytes, map)| Values {
                float,
                single,
                text,
                character,
                signed,
                unsigned,
                bytes,
                map,
            },
        )
}

/// `==` takes the two zeros for one.
fn bits(values: &Values) -> (u64, u32) {
    (values.float.to_bits(), values.single.to_bits())
}

proptest! {
    #[test]
    fn every_value_comes_back_from_a_variant(values in values()) {
        for codec in BOTH {
            let back = stored::<Sample>(codec, &SampleEvent::Everything(values.clone()));
            let SampleEvent::Everything(back) = back else { panic!("{back:?}") };
            prop_assert_eq!(bits(&back), bits(&values));
            prop_assert_eq!(&back, &values);
        }
    }

    #[test]
    fn every_value_comes_back_from_a_struct(values in values()) {
        for codec in BOTH {
            let back = stored::<Listed>(codec, &Sampled { values: values.clone() }).values;
            prop_assert_eq!(bits(&back), bits(&values));
            prop_assert_eq!(&back, &values);
        }
    }

    #[test]
    fn text_and_numbers_come_back_from_variants_without_names(
        text in texts(), signed in signed(), unsigned in unsigned(),
    ) {
        for codec in BOTH {
            for event in [SampleEvent::Text(text.clone()), SampleEvent::Pair(signed, unsigned)] {
                prop_assert_eq!(stored::<Sample>(codec, &event), event);
            }
        }
    }
}
