//! The payload of an event as JSON Schema.

mod fields;
mod one_of;
mod scalar;

use eventsource_shape::Shape;

use super::event::Version;
use super::json::Json;
use super::text;
use fields::Beside;
use scalar::scalar;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema document of a version.
pub(super) fn of(version: &Version) -> String {
    let mut schema = Json::fields([
        ("$schema", DIALECT.into()),
        ("$id", super::files::schema(version).into()),
        ("title", version.name.into()),
    ]);
    let docs = text::docs(version.docs);
    if !docs.is_empty() {
        schema = schema.with("description", docs);
    }
    let mut parts = Parts::default();
    schema = schema.and(parts.event(version));
    if !version.samples.is_empty() {
        schema = schema.with("examples", Json::List(version.samples.clone()));
    }
    if !parts.named.is_empty() {
        schema = schema.with("$defs", Json::Fields(parts.named));
    }
    schema.pretty() + "\n"
}

/// The writer of schemas. It collects the definitions to which others refer.
#[derive(Default)]
struct Parts {
    named: Vec<(String, Json)>,
    /// The shapes that are being written, the outermost first.
    open: Vec<Open>,
}

struct Open {
    /// Whether it is a named type, to which a recursive type can refer.
    is_type: bool,
    /// Its name in the definitions, once a part of it refers to it.
    name: Option<String>,
}

impl Parts {
    fn event(&mut self, version: &Version) -> Json {
        match &version.shape {
            // An event without fields is stored as `{}`, so that fields can be added later.
            Shape::Unit => of_type("object"),
            Shape::Fields(fields) => {
                let written = (0..fields.fields.len()).map(|index| version.written(fields, index));
                let beside = Beside {
                    written: written.collect(),
                    ..Beside::default()
                };
                self.within(!version.is_variant, |parts| parts.fields(fields, &beside))
            }
            shape => self.shape(shape),
        }
    }

    fn shape(&mut self, shape: &Shape) -> Json {
        let is_type = matches!(shape, Shape::Fields(_) | Shape::OneOf(..));
        self.within(is_type, |parts| parts.inner(shape))
    }

    /// The schema of a variant's content. Its fields are no named type.
    fn content(&mut self, shape: &Shape) -> Json {
        let is_type = matches!(shape, Shape::OneOf(..));
        self.within(is_type, |parts| parts.inner(shape))
    }

    fn within(&mut self, is_type: bool, write: impl FnOnce(&mut Self) -> Json) -> Json {
        let name = None;
        self.open.push(Open { is_type, name });
        let schema = write(self);
        match self.open.pop().and_then(|open| open.name) {
            None => schema,
            Some(name) => {
                let reference = reference(&name);
                self.named.push((name, schema));
                reference
            }
        }
    }

    fn inner(&mut self, shape: &Shape) -> Json {
        match shape {
            Shape::Unit => of_type("null"),
            Shape::Scalar { kind, example } => scalar(*kind, example.as_deref()),
            Shape::Optional(inner) => {
                let inner = self.shape(inner);
                Json::fields([("anyOf", Json::list([inner, of_type("null")]))])
            }
            Shape::List(item) => of_type("array").with("items", self.shape(item)),
            Shape::Tuple(items) => self.tuple(items),
            Shape::Map(key, value) => {
                let object = of_type("object");
                let object = match scalar::key(key) {
                    Some(key) => object.with("propertyNames", key),
                    None => object,
                };
                object.with("additionalProperties", self.shape(value))
            }
            Shape::Fields(fields) => self.fields(fields, &Beside::default()),
            Shape::OneOf(tagging, variants) => self.one_of(tagging, variants),
            Shape::Anything => Json::fields([]),
            Shape::Recursive(name) => self.recursive(name),
        }
    }

    fn recursive(&mut self, name: &str) -> Json {
        // The recursive type is one that is being written now.
        let around = self.open.len() - 1;
        let (name, levels) = match name.rsplit_once(' ') {
            Some((name, levels)) => (name, levels.parse::<usize>().ok()),
            None => (name, None),
        };
        let at = match levels {
            Some(levels) => around.checked_sub(levels),
            None => self.open[..around].iter().rposition(|open| open.is_type),
        };
        let Some(at) = at else {
            return Json::fields([]);
        };
        let free = self.free_name(name);
        reference(self.open[at].name.get_or_insert(free))
    }

    fn free_name(&self, name: &str) -> String {
        let kept = |c: char| if c.is_alphanumeric() { c } else { '_' };
        let mut free: String = name.chars().map(kept).collect();
        let open = self.open.iter().filter_map(|open| open.name.as_ref());
        let taken: Vec<_> = open
            .chain(self.named.iter().map(|(name, _)| name))
            .collect();
        while taken.contains(&&free) {
            free.push('_');
        }
        free
    }

    fn tuple(&mut self, items: &[Shape]) -> Json {
        let count = items.len() as u64;
        let items = Json::list(items.iter().map(|item| self.shape(item)));
        of_type("array")
            .with("prefixItems", items)
            .with("items", false)
            .with("minItems", count)
    }
}

fn of_type(name: &str) -> Json {
    Json::fields([("type", name.into())])
}

fn reference(name: &str) -> Json {
    Json::fields([("$ref", format!("#/$defs/{name}").into())])
}
