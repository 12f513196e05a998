//! The JSON Schema of an event takes the payloads that the program reads, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::num::NonZeroU8;

use boon::{Compiler, SchemaIndex, Schemas};
use eventsource_core::codec::PayloadContext;
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, EventSet, StreamId, Timestamp, event};
use eventsource_schema::Catalogue;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[event]
struct Numbers {
    tiny: u8,
    small: i16,
    long: u64,
    deep: i64,
    huge: u128,
    real: f64,
    is: bool,
    some: NonZeroU8,
}

#[event]
struct Texts {
    text: String,
    letter: char,
    id: Uuid,
    address: IpAddr,
    at: Timestamp,
}

#[event]
struct Collections {
    list: Vec<u32>,
    set: BTreeSet<String>,
    pair: (u8, String),
    three: [bool; 3],
    by_text: BTreeMap<String, u32>,
    by_number: BTreeMap<i32, String>,
    by_kind: BTreeMap<Kind, u32>,
    nothing: (),
}

#[event]
struct Optionals {
    maybe: Option<u32>,
    #[serde(default)]
    usually: u32,
    #[serde(rename = "type", alias = "kind")]
    of: Kind,
    #[serde(alias = "remark")]
    note: Option<String>,
    nested: Option<Nested>,
}

#[event]
#[serde(deny_unknown_fields)]
struct Strict {
    only: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Kind {
    Plain,
    Fancy,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Nested {
    first_name: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Part(u8, Option<bool>);

#[event]
enum PaymentEvent {
    Paid { by: Payment },
    Moved(i64, String),
    Noted(Nested),
    Counted(u32),
    Ended,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Payment {
    Cash,
    Card { number: String },
    Voucher(u32),
    Both(u8, u8),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Inside {
    Till,
    Bank { name: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "of")]
enum Beside {
    Nothing,
    Something { sku: String },
    Number(u8),
}

#[event]
struct Tagged {
    through: Inside,
    over: Beside,
}

#[event]
struct Loose {
    #[serde(flatten)]
    nested: Flat,
    plain: u8,
    whatever: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    flat: String,
    rest: Option<u8>,
}

#[event]
struct Grown {
    tree: Tree,
    formula: Formula,
    document: Document,
    left: Left,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Tree {
    name: String,
    children: Vec<Tree>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Formula {
    Number(u8),
    Not(Box<Formula>),
    And { one: Box<Formula> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Document(BTreeMap<String, Document>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Left {
    right: Option<Box<Right>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Right {
    left: Option<Box<Left>>,
    rights: Vec<Right>,
}

/// Whether the program reads a payload.
fn reads(name: &str, payload: &Value) -> bool {
    let stream = StreamId::new("", Uuid::nil());
    let context = PayloadContext::new(&stream, name, 1, Codec::Json);
    let bytes = serde_json::to_vec(payload).unwrap();
    let read = |event: Result<(), _>| event.is_ok();
    match name {
        "numbers" => read(Numbers::decode(&context, &bytes, &mut |_| ())),
        "texts" => read(Texts::decode(&context, &bytes, &mut |_| ())),
        "collections" => read(Collections::decode(&context, &bytes, &mut |_| ())),
        "optionals" => read(Optionals::decode(&context, &bytes, &mut |_| ())),
        "strict" => read(Strict::decode(&context, &bytes, &mut |_| ())),
        "loose" => read(Loose::decode(&context, &bytes, &mut |_| ())),
        "tagged" => read(Tagged::decode(&context, &bytes, &mut |_| ())),
        "grown" => read(Grown::decode(&context, &bytes, &mut |_| ())),
        _ => read(PaymentEvent::decode(&context, &bytes, &mut |_| ())),
    }
}

/// Whether a schema takes a payload.
struct Checked {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Checked {
    fn new(schema: &Value) -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        let place = "https://example.org/schema.json";
        compiler.add_resource(place, schema.clone()).unwrap();
        let index = compiler.compile(place, &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn takes(&self, payload: &Value) -> bool {
        self.schemas.validate(payload, self.index).is_ok()
    }
}

/// A payload with one value in it that is different.
struct Spoilt {
    payload: Value,
    /// Whether a text became another text: whether that is one of a kind, a schema cannot tell.
    is_other_text: bool,
}

fn spoil(payload: &Value) -> Vec<Spoilt> {
    let mut all = Vec::new();
    for place in places(payload) {
        let original = payload.pointer(&place).unwrap();
        for (changed, is_other_text) in changes(original) {
            let mut payload = payload.clone();
            *payload.pointer_mut(&place).unwrap() = changed;
            all.push(Spoilt {
                payload,
                is_other_text,
            });
        }
    }
    all
}

/// Every value in it, as a JSON pointer.
fn places(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            let fields = fields.iter();
            fields.map(|(name, value)| (name.clone(), value)).collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(at, value)| (at.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    let inner = inner.into_iter().flat_map(|(name, value)| {
        let places = places(value).into_iter();
        places.map(move |place| format!("/{name}{place}"))
    });
    std::iter::once(String::new()).chain(inner).collect()
}

fn changes(original: &Value) -> Vec<(Value, bool)> {
    let others = json!([null, true, -1, 1.5, 300, 5_000_000_000_u64, "zz", {}, []]);
    let others = others.as_array().unwrap().iter();
    // serde reads the fields of a struct from a list as well, which it never writes.
    let others = others.filter(|other| !(original.is_object() && other.is_array()));
    let mut changes: Vec<_> = others
        .map(|other| (other.clone(), original.is_string() && other.is_string()))
        .collect();
    if let Value::Object(fields) = original {
        for name in fields.keys() {
            let mut fields = fields.clone();
            fields.remove(name);
            changes.push((fields.into(), false));
        }
        let mut fields = fields.clone();
        fields.insert("unknown".to_owned(), 1.into());
        changes.push((fields.into(), false));
    }
    if let Value::Array(items) = original {
        let more = [items.as_slice(), &items[..items.len().min(1)]].concat();
        changes.push((more.into(), false));
        changes.push((items[..items.len().saturating_sub(1)].into(), false));
    }
    changes
}

fn schemas() -> BTreeMap<(&'static str, u32), Value> {
    let catalogue = Catalogue::of_program().unwrap_or_else(|error| panic!("{error}"));
    let schemas = catalogue.json_schemas().into_iter();
    let schemas = schemas.map(|(of, text)| (of, serde_json::from_str(&text).unwrap()));
    schemas.collect()
}

fn samples(schema: &Value) -> &[Value] {
    schema["examples"].as_array().expect("there are samples")
}

#[test]
fn every_event_has_a_schema_of_its_own() {
    let schemas = schemas();
    assert_eq!(schemas.len(), 13);
    let ids: BTreeSet<_> = schemas.values().map(|it| it["$id"].to_string()).collect();
    assert_eq!(ids.len(), schemas.len());
}

#[test]
fn a_schema_takes_the_payloads_that_are_written() {
    for ((name, _), schema) in schemas() {
        let checked = Checked::new(&schema);
        for payload in samples(&schema) {
            assert!(reads(name, payload), "{name}: {payload}");
            assert!(checked.takes(payload), "{name}: {payload}\n{schema:#}");
        }
    }
}

#[test]
fn a_schema_takes_a_spoilt_payload_if_and_only_if_the_program_reads_it() {
    let (mut taken, mut refused) = (0, 0);
    for ((name, _), schema) in schemas() {
        let checked = Checked::new(&schema);
        let spoilt = samples(&schema).iter().flat_map(spoil);
        // An event without fields is read from null as well, which is never written.
        for spoilt in spoilt.filter(|spoilt| !spoilt.payload.is_null()) {
            let payload = &spoilt.payload;
            let (is_taken, is_read) = (checked.takes(payload), reads(name, payload));
            let agree = is_taken == is_read || (is_taken && spoilt.is_other_text);
            let says = format!("{name}: taken {is_taken}, read {is_read}: {payload}");
            assert!(agree, "{says}\n{schema:#}");
            *(if is_taken { &mut taken } else { &mut refused }) += 1;
        }
    }
    assert!(
        taken > 50 && refused > 500,
        "{taken} taken, {refused} refused"
    );
}

#[test]
fn an_older_name_of_a_field_stands_for_it() {
    let schema = &schemas()[&("optionals", 1)];
    let checked = Checked::new(schema);
    assert!(checked.takes(&json!({ "type": "Plain" })));
    assert!(checked.takes(&json!({ "kind": "Plain" })));
    assert!(!checked.takes(&json!({ "kind": "Plain", "type": "Plain" })));
    assert!(!checked.takes(&json!({})));
}

#[test]
fn a_type_that_holds_itself_does_so_in_its_schema() {
    let checked = Checked::new(&schemas()[&("grown", 1)]);
    let whole = json!({
        "tree": { "name": "a", "children": [{ "name": "b", "children": [] }] },
        "formula": { "Not": { "And": { "one": { "Number": 1 } } } },
        "document": { "a": { "b": {} } },
        "left": { "right": { "left": { "right": { "rights": [] } }, "rights": [{ "rights": [] }] } },
    });
    assert!(checked.takes(&whole) && reads("grown", &whole));
    for (place, wrong) in [
        ("/tree/children/0", json!({ "name": "b" })),
        ("/formula/Not/And/one", json!({ "Number": "1" })),
        ("/document/a/b", json!({ "c": 1 })),
        (
            "/left/right/left/right",
            json!({ "unknown": 1, "rights": [] }),
        ),
        ("/left/right/rights/0", json!({})),
    ] {
        let mut spoilt = whole.clone();
        *spoilt.pointer_mut(place).unwrap() = wrong;
        assert!(
            !checked.takes(&spoilt) && !reads("grown", &spoilt),
            "{place}"
        );
    }
}
