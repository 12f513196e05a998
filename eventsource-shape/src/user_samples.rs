//! Values that the user gives.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::nodes::Step;
use super::synthetic::{MadeUp, from_sample};
use crate::shape::Scalar;

/// Values that the user gives, as JSON.
#[derive(Debug)]
pub(crate) struct Samples(pub(crate) Vec<Json>);

impl Samples {
    /// What stands at the end of these steps, with the number of the sample.
    pub(crate) fn scalars(&self, steps: &[&Step], of: Scalar) -> Vec<(usize, MadeUp)> {
        let found = self.0.iter().enumerate().flat_map(|(sample, json)| {
            let values = at(json, steps).into_iter();
            values.filter_map(move |value| Some((sample, from_sample(of, &value)?)))
        });
        found.collect()
    }
}

/// What stands in a value at the end of these steps.
pub(crate) fn at<'j>(json: &'j Json, steps: &[&Step]) -> Vec<Cow<'j, Json>> {
    let Some((step, rest)) = steps.split_first() else {
        return vec![Cow::Borrowed(json)];
    };
    let inside: Vec<&Json> = match (step, json) {
        (Step::There, Json::Null) => Vec::new(),
        (Step::There, json) => vec![json],
        (Step::Item, Json::Array(items)) => items.iter().collect(),
        (Step::Number(number), Json::Array(items)) => items.get(*number).into_iter().collect(),
        (Step::Value, Json::Object(pairs)) => pairs.values().collect(),
        (Step::Field(name) | Step::Variant(name), Json::Object(pairs)) => {
            pairs.get(&**name).into_iter().collect()
        }
        (Step::Tagged { tag, name }, Json::Object(pairs)) if is(pairs, tag, name) => vec![json],
        (Step::Content { tag, content, name }, Json::Object(pairs)) if is(pairs, tag, name) => {
            vec![pairs.get(content).unwrap_or(&Json::Null)]
        }
        // A unit variant is its name.
        (Step::Variant(name), Json::String(text)) if name == text.as_str() => vec![&Json::Null],
        (Step::Key, Json::Object(pairs)) => {
            return pairs
                .keys()
                .map(|key| Cow::Owned(key.as_str().into()))
                .collect();
        }
        _ => Vec::new(),
    };
    let found = inside.into_iter().flat_map(|json| at(json, rest));
    found.collect()
}

fn is(pairs: &Map<String, Json>, tag: &str, name: &str) -> bool {
    pairs.get(tag).and_then(Json::as_str) == Some(name)
}
