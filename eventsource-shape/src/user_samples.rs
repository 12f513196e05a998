//! Sample values that the user gives.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::nodes::PathSegment;
use super::synthetic::{SyntheticValue, from_sample};
use crate::shape::Scalar;

/// Sample values that the user gives, as JSON.
#[derive(Debug)]
pub(crate) struct Samples(pub(crate) Vec<Json>);

impl Samples {
    /// The scalars at the end of a path, each with the index of its sample.
    pub(crate) fn scalars(
        &self,
        path: &[&PathSegment],
        of: Scalar,
    ) -> Vec<(usize, SyntheticValue)> {
        let found = self.0.iter().enumerate().flat_map(|(sample, json)| {
            let values = at(json, path).into_iter();
            values.filter_map(move |value| Some((sample, from_sample(of, &value)?)))
        });
        found.collect()
    }
}

/// The values at the end of a path.
pub(crate) fn at<'j>(json: &'j Json, path: &[&PathSegment]) -> Vec<Cow<'j, Json>> {
    let Some((segment, rest)) = path.split_first() else {
        return vec![Cow::Borrowed(json)];
    };
    let inside: Vec<&Json> = match (segment, json) {
        (PathSegment::Present, Json::Null) => Vec::new(),
        (PathSegment::Present, json) => vec![json],
        (PathSegment::Item, Json::Array(items)) => items.iter().collect(),
        (PathSegment::Index(number), Json::Array(items)) => {
            items.get(*number).into_iter().collect()
        }
        (PathSegment::Value, Json::Object(pairs)) => pairs.values().collect(),
        (PathSegment::Field(name) | PathSegment::Variant(name), Json::Object(pairs)) => {
            pairs.get(&**name).into_iter().collect()
        }
        (PathSegment::TaggedVariant { tag, name }, Json::Object(pairs))
            if has_tag(pairs, tag, name) =>
        {
            vec![json]
        }
        (PathSegment::VariantContent { tag, content, name }, Json::Object(pairs))
            if has_tag(pairs, tag, name) =>
        {
            vec![pairs.get(content).unwrap_or(&Json::Null)]
        }
        // A unit variant is written as its name.
        (PathSegment::Variant(name), Json::String(text)) if name == text.as_str() => {
            vec![&Json::Null]
        }
        (PathSegment::Key, Json::Object(pairs)) => {
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

fn has_tag(pairs: &Map<String, Json>, tag: &str, name: &str) -> bool {
    pairs.get(tag).and_then(Json::as_str) == Some(name)
}
