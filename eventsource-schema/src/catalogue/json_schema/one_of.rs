//! Schemas of enums.

use eventsource_shape::{Fields, Shape, Tagging, UnknownFields, Variant};

use super::fields::Beside;
use super::{Json, Parts, of_type};

impl Parts {
    pub(super) fn one_of(&mut self, tagging: &Tagging, variants: &[Variant]) -> Json {
        let mut schemas = match tagging {
            Tagging::External => self.external(variants),
            Tagging::Internal(tag) => variants.iter().map(|it| self.internal(tag, it)).collect(),
            Tagging::Adjacent { tag, content } => {
                let beside = |variant| self.adjacent(tag, content, variant);
                variants.iter().map(beside).collect()
            }
        };
        match schemas.len() {
            1 => schemas.remove(0),
            _ => Json::fields([("oneOf", Json::List(schemas))]),
        }
    }

    /// Externally tagged: `{"Card": {..}}`, and `"Cash"` for a unit variant.
    fn external(&mut self, variants: &[Variant]) -> Vec<Json> {
        let (units, others): (Vec<_>, Vec<_>) =
            variants.iter().partition(|it| it.shape == Shape::Unit);
        let mut schemas = Vec::new();
        if !units.is_empty() {
            let units = units.into_iter().flat_map(names);
            schemas.push(Json::fields([("enum", Json::list(units))]));
        }
        for variant in others {
            let shape = self.content(&variant.shape);
            let one =
                |name| object(vec![(name, shape.clone())]).with("additionalProperties", false);
            schemas.extend(names(variant).map(one));
        }
        schemas
    }

    /// Internally tagged: `{"type": "Card", ..}`.
    fn internal(&mut self, tag: &str, variant: &Variant) -> Json {
        let no_fields = Fields {
            fields: Vec::new(),
            unknown_fields: UnknownFields::Ignored,
        };
        let beside = Beside {
            tag: Some((tag, variant)),
            ..Beside::default()
        };
        match &variant.shape {
            Shape::Fields(fields) => self.within(false, |parts| parts.fields(fields, &beside)),
            Shape::Unit => self.fields(&no_fields, &beside),
            shape => {
                let both = [self.fields(&no_fields, &beside), self.content(shape)];
                Json::fields([("allOf", Json::List(both.into()))])
            }
        }
    }

    /// Adjacently tagged: `{"type": "Card", "content": {..}}`.
    fn adjacent(&mut self, tag: &str, content: &str, variant: &Variant) -> Json {
        let mut fields = vec![(tag, named(variant))];
        if variant.shape != Shape::Unit {
            fields.push((content, self.content(&variant.shape)));
        }
        object(fields)
    }
}

/// The names under which a variant is read.
pub(super) fn names(variant: &Variant) -> impl Iterator<Item = &str> {
    let aliases = variant.aliases.iter().map(String::as_str);
    std::iter::once(variant.name.as_str()).chain(aliases)
}

/// The schema of a variant's name as a value.
pub(super) fn named(variant: &Variant) -> Json {
    match variant.aliases.as_slice() {
        [] => Json::fields([("const", variant.name.as_str().into())]),
        _ => Json::fields([("enum", Json::list(names(variant)))]),
    }
}

/// The schema of fields that are all required.
fn object(fields: Vec<(&str, Json)>) -> Json {
    let names = Json::list(fields.iter().map(|(name, _)| *name));
    let properties = fields
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema));
    of_type("object")
        .with("properties", Json::Fields(properties.collect()))
        .with("required", names)
}
