//! What is known, as a shape.

use super::{FieldsAt, Is, OthersAt, Places, ROOT, ScalarAt, Step, VariantsAt};
use crate::shape::{Field, Fields, Others, Shape, Variant};

impl Places {
    /// The shape of what stands here.
    pub(crate) fn shape(&self, at: usize) -> Shape {
        match self.is(at) {
            Is::Unit => Shape::Unit,
            Is::Unknown | Is::Anything => Shape::Anything,
            Is::Scalar(scalar) => scalar.shape(),
            Is::Optional(optional) => Shape::Optional(self.boxed(optional.inner)),
            Is::List(item) => Shape::List(self.boxed(*item)),
            Is::Tuple(places) => Shape::Tuple(places.iter().map(|at| self.shape(*at)).collect()),
            Is::Map(key, value) => Shape::Map(self.boxed(*key), self.boxed(*value)),
            Is::Fields(fields) => Shape::Fields(self.fields_told(fields)),
            Is::OneOf(one_of) => Shape::OneOf(one_of.tagging.clone(), self.variants_told(one_of)),
            Is::Itself(name, outer) => Shape::Itself(self.itself(at, name, *outer)),
        }
    }

    /// What a type is called that stands in itself, and, where it is not the nearest that it could
    /// be, how many shapes further out it stands.
    fn itself(&self, at: usize, name: &str, outer: usize) -> String {
        let mut outwards = self.outwards(at);
        let nearest = outwards.clone().find(|at| self.may_be_itself(*at));
        if nearest.is_none_or(|nearest| nearest == outer) {
            return name.to_owned();
        }
        let levels = outwards
            .position(|at| at == outer)
            .map_or(0, |levels| levels + 1);
        format!("{name} {levels}")
    }

    fn may_be_itself(&self, at: usize) -> bool {
        match self.is(at) {
            Is::OneOf(_) => true,
            // The fields of a variant are not a type.
            Is::Fields(_) => {
                let within = self.outwards(at).next();
                !within.is_some_and(|within| matches!(self.is(within), Is::OneOf(_)))
            }
            _ => false,
        }
    }

    fn boxed(&self, at: usize) -> Box<Shape> {
        Box::new(self.shape(at))
    }

    fn fields_told(&self, of: &FieldsAt) -> Fields {
        let names = |index| {
            let aliases = of.fields.iter().filter(|f| f.alias_of == Some(index));
            aliases
                .map(|field| field.name.clone().into_owned())
                .collect()
        };
        let fields = of.real().map(|(index, field)| Field {
            name: field.name.clone().into_owned(),
            aliases: names(index),
            required: field.required,
            shape: self.shape(field.at),
        });
        Fields {
            fields: fields.collect(),
            others: match of.others {
                OthersAt::Refused => Others::Refused,
                OthersAt::Kept(at) => Others::Kept(self.boxed(at)),
                OthersAt::Unknown | OthersAt::Ignored => Others::Ignored,
            },
        }
    }

    fn variants_told(&self, of: &VariantsAt) -> Vec<Variant> {
        let names = |index| {
            let aliases = of.variants.iter().filter(|v| v.alias_of == Some(index));
            aliases
                .map(|variant| variant.name.clone().into_owned())
                .collect()
        };
        let variants = of.real().map(|(index, variant)| Variant {
            name: variant.name.clone().into_owned(),
            aliases: names(index),
            shape: self.shape(variant.at),
        });
        variants.collect()
    }

    /// Where a place is, for people.
    pub(crate) fn told(&self, at: usize) -> String {
        if at == ROOT {
            return "the value itself".to_owned();
        }
        let steps = self.steps(at).into_iter().filter_map(|step| match step {
            Step::Field(name) | Step::Variant(name) => Some(name.clone().into_owned()),
            Step::Tagged { name, .. } | Step::Content { name, .. } => Some(name.clone()),
            Step::Number(number) => Some(number.to_string()),
            Step::Item => Some("[]".to_owned()),
            Step::Key => Some("key".to_owned()),
            Step::Value => Some("value".to_owned()),
            Step::There => None,
        });
        steps.collect::<Vec<_>>().join(".")
    }
}

impl ScalarAt {
    fn shape(&self) -> Shape {
        let is_common = self.pick == 0 && !self.refuses_zero;
        Shape::Scalar {
            kind: self.kind,
            like: (!is_common).then(|| self.value(self.pick).json()),
        }
    }
}
