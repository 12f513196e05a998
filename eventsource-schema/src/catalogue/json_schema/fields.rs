//! Schemas of fields.

use eventsource_core::schema::FieldItem;
use eventsource_shape::{Field, Fields, Scalar, Shape, UnknownFields, Variant};

use super::one_of::named;
use super::{Json, Parts, of_type, text};

const MICROSECONDS: &str = "Microseconds since the start of 1970 (UTC).";

/// The parts of a schema of fields that their shapes do not contain.
#[derive(Default)]
pub(super) struct Beside<'a> {
    /// The variant that has the fields, with the name of the tag among them.
    pub(super) tag: Option<(&'a str, &'a Variant)>,
    /// The fields in the code, in the same order.
    pub(super) written: Vec<Option<&'static FieldItem>>,
}

impl Parts {
    pub(super) fn fields(&mut self, fields: &Fields, beside: &Beside<'_>) -> Json {
        let required = fields.fields.iter().filter(|field| field.required);
        let (mut always, mut aliased) = (Vec::new(), Vec::new());
        always.extend(beside.tag.map(|(tag, _)| tag));
        for field in required {
            match field.aliases.as_slice() {
                [] => always.push(&field.name),
                _ => aliased.push(under_one_of_its_names(field)),
            }
        }
        let mut schema = of_type("object");
        let properties = self.properties(fields, beside);
        if !properties.is_empty() {
            schema = schema.with("properties", Json::Fields(properties));
        }
        if !always.is_empty() {
            schema = schema.with("required", Json::list(always));
        }
        if !aliased.is_empty() {
            schema = schema.with("allOf", Json::List(aliased));
        }
        match &fields.unknown_fields {
            UnknownFields::Ignored => schema,
            UnknownFields::Denied => schema.with("additionalProperties", false),
            UnknownFields::Collected(shape) => {
                schema.with("additionalProperties", self.shape(shape))
            }
        }
    }

    fn properties(&mut self, fields: &Fields, beside: &Beside<'_>) -> Vec<(String, Json)> {
        let tag = beside
            .tag
            .map(|(tag, variant)| (tag.to_owned(), named(variant)));
        let mut properties: Vec<_> = tag.into_iter().collect();
        for (index, field) in fields.fields.iter().enumerate() {
            let written = beside.written.get(index).copied().flatten();
            let docs = written.map_or_else(String::new, |item| docs(item, &field.shape));
            let shape = self.shape(&field.shape);
            properties.push((field.name.clone(), described(&docs, shape.clone())));
            for alias in &field.aliases {
                let docs = format!("What `{}` was called before.", field.name);
                let schema = described(&docs, shape.clone()).with("deprecated", true);
                properties.push((alias.clone(), schema));
            }
        }
        properties
    }
}

/// The description of a field from its comment. For a timestamp it adds the unit, which a schema does not
/// show.
fn docs(item: &FieldItem, shape: &Shape) -> String {
    let docs = text::docs(item.docs);
    match is_timestamp(item, shape) {
        true if docs.is_empty() => MICROSECONDS.to_owned(),
        true => format!("{docs}\n\n{MICROSECONDS}"),
        false => docs,
    }
}

/// Whether the field is a [`Timestamp`](crate::Timestamp) or an optional one.
fn is_timestamp(item: &FieldItem, shape: &Shape) -> bool {
    let name = item.of.rsplit(['<', ':']).next().unwrap_or_default();
    let shape = match shape {
        Shape::Optional(inner) => inner,
        shape => shape,
    };
    let is_number = matches!(
        shape,
        Shape::Scalar {
            kind: Scalar::Signed(64),
            ..
        }
    );
    is_number && name.trim_end_matches('>') == "Timestamp"
}

fn described(docs: &str, schema: Json) -> Json {
    match docs {
        "" => schema,
        docs => Json::fields([("description", docs.into())]).and(schema),
    }
}

fn under_one_of_its_names(field: &Field) -> Json {
    let names = std::iter::once(&field.name).chain(&field.aliases);
    let required = names.map(|name| Json::fields([("required", Json::list([name.as_str()]))]));
    Json::fields([("oneOf", Json::list(required))])
}
