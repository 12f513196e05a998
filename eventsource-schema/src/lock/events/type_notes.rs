//! Type notes: the types of fields, where the shape does not show them.

use std::collections::BTreeMap;

use eventsource_shape::Shape;

use crate::lock::change::Change;
use crate::program::EventSchema;

/// Types that their shapes describe fully.
const PLAIN: [&str; 31] = [
    "bool", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
    "f32", "f64", "char", "String", "str", "static", "Option", "Vec", "Box", "Rc", "Arc",
    "BTreeMap", "BTreeSet", "HashMap", "HashSet", "VecDeque", "Cow", "Self",
];

/// The type notes of an event, by the stored names of its fields.
pub(super) fn of(event: &EventSchema, shape: &Shape) -> BTreeMap<String, String> {
    let types = event.event.fields.iter().map(|field| field.of);
    let names: Vec<_> = match (shape, event.event.fields) {
        (_, [only]) if only.ident == "0" => vec![String::new()],
        (Shape::Fields(fields), written) if fields.fields.len() == written.len() => fields
            .fields
            .iter()
            .map(|field| field.name.clone())
            .collect(),
        (_, written) => written.iter().map(|field| field.ident.to_owned()).collect(),
    };
    let hidden = names.into_iter().zip(types).filter(|(_, of)| is_hidden(of));
    hidden
        .map(|(name, of)| (name, of.replace(['\r', '\n'], " ")))
        .collect()
}

/// Whether the shape of a type does not describe it fully.
fn is_hidden(of: &str) -> bool {
    let words = of.split(|c: char| !c.is_alphanumeric() && c != '_');
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    words
        .filter(|word| !word.is_empty())
        .any(|word| !PLAIN.contains(&word) && !is_number(word))
}

pub(super) fn compare(
    locked: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
) -> Vec<Change> {
    let mut names: Vec<_> = locked.keys().chain(now.keys()).collect();
    names.sort();
    names.dedup();
    names.retain(|name| locked.get(*name) != now.get(*name));
    let change = |name: &String| {
        let what = match name.as_str() {
            "" => "the wrapped value has another type of the same shape".to_owned(),
            name => format!("`{name}` has another type of the same shape"),
        };
        Change::compatible(what)
            .locked(type_name(locked, name))
            .now(type_name(now, name))
    };
    names.into_iter().map(change).collect()
}

fn type_name(types: &BTreeMap<String, String>, name: &str) -> String {
    let written = types.get(name).map(String::as_str);
    written.unwrap_or("a plain type").to_owned()
}
