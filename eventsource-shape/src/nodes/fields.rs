//! Fields, and what is known of them.

use std::borrow::Cow;

use super::{Is, Places, Step};

#[derive(Debug)]
pub(crate) struct FieldsAt {
    /// The visitor's type, which is another for each type that has these fields.
    pub(crate) of: &'static str,
    pub(crate) fields: Vec<FieldAt>,
    pub(crate) others: OthersAt,
    /// Whether the type does not tell which fields it has.
    pub(crate) is_open: bool,
    /// The field whose name was told last.
    pub(crate) last: usize,
    /// A reading that went through here.
    pub(crate) shown_by: Option<usize>,
}

/// What becomes of fields that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OthersAt {
    Unknown,
    Ignored,
    Refused,
    /// Kept, as what stands at this place.
    Kept(usize),
}

#[derive(Debug)]
pub(crate) struct FieldAt {
    pub(crate) name: Cow<'static, str>,
    pub(crate) at: usize,
    /// The field that this is another name of.
    pub(crate) alias_of: Option<usize>,
    pub(crate) required: bool,
}

impl Places {
    /// Removes fields that were given to the wrong struct, which ignores them.
    pub(crate) fn drop_what_is_ignored(&mut self, at: usize, written: &[String]) {
        for field in self.parts(at) {
            let is_written = match self.within(field) {
                Some((_, Step::Field(name))) => written.iter().any(|known| known == name),
                _ => true,
            };
            if !is_written && matches!(self.is(field), Is::Anything) {
                self.remove_field(at, field);
            }
        }
    }

    pub(crate) fn fields(
        &mut self,
        at: usize,
        of: &'static str,
        names: &'static [&'static str],
    ) -> &mut FieldsAt {
        if !matches!(self.is(at), Is::Fields(fields) if fields.of == of) {
            let fields = names.iter().map(|name| self.field(at, *name)).collect();
            self.becomes(at, Is::Fields(FieldsAt::new(of, fields)));
        }
        self.fields_of(at)
    }

    pub(crate) fn fields_of(&mut self, at: usize) -> &mut FieldsAt {
        match self.is_mut(at) {
            Is::Fields(fields) => fields,
            _ => unreachable!("only fields are asked for theirs"),
        }
    }

    /// Fields that are not told beforehand.
    pub(crate) fn open_fields(&mut self, at: usize) -> &mut FieldsAt {
        let mut fields = FieldsAt::new("", Vec::new());
        fields.is_open = true;
        self.becomes(at, Is::Fields(fields));
        self.fields_of(at)
    }

    /// Adds a field; where it stands.
    pub(crate) fn add_field(&mut self, at: usize, name: impl Into<Cow<'static, str>>) -> usize {
        let field = self.field(at, name);
        let place = field.at;
        self.fields_of(at).fields.push(field);
        place
    }

    /// Removes a field that there is not.
    pub(crate) fn remove_field(&mut self, at: usize, field: usize) {
        let fields = &mut self.fields_of(at).fields;
        fields.retain(|known| known.at != field);
    }

    pub(super) fn field(&mut self, at: usize, name: impl Into<Cow<'static, str>>) -> FieldAt {
        let name = name.into();
        FieldAt {
            at: self.inside(at, Step::Field(name.clone())),
            name,
            alias_of: None,
            required: true,
        }
    }

    /// Learns that the field that was told last was told already, by the name that is its own.
    pub(crate) fn learn_alias(&mut self, at: usize, name: &str) -> bool {
        match self.is_mut(at) {
            Is::Fields(fields) => fields.learn_alias(name),
            _ => false,
        }
    }

    /// Copies what is known of the fields of a type from another place where it stands.
    pub(crate) fn copy_fields(&mut self, from: usize, to: usize) {
        let from = self.fields_of(from);
        let others = from.others;
        let required: Vec<_> = from.fields.iter().map(|field| field.required).collect();
        let to = self.fields_of(to);
        to.others = others;
        for (field, required) in to.fields.iter_mut().zip(required) {
            field.required = required;
        }
    }
}

impl FieldsAt {
    pub(super) fn new(of: &'static str, fields: Vec<FieldAt>) -> Self {
        Self {
            of,
            fields,
            others: OthersAt::Unknown,
            is_open: false,
            last: 0,
            shown_by: None,
        }
    }

    /// The fields by their own names.
    pub(crate) fn real(&self) -> impl Iterator<Item = (usize, &FieldAt)> {
        let fields = self.fields.iter().enumerate();
        fields.filter(|(_, field)| field.alias_of.is_none())
    }

    /// Learns that the name that was told last is one of a field that was told already: serde's
    /// derive lists the names of a field side by side.
    fn learn_alias(&mut self, name: &str) -> bool {
        let Some(field) = self.fields.iter().position(|field| field.name == name) else {
            return false;
        };
        let alias = if self.last == field {
            let before = self.fields[..field].iter();
            before.clone().rposition(|field| field.alias_of.is_none())
        } else {
            Some(self.last)
        };
        let Some(alias) = alias else { return false };
        self.fields[alias].alias_of = Some(field);
        true
    }
}
