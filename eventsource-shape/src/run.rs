//! One run: a type is deserialized once from synthetic values.

mod field_names;
mod untyped_value;
mod variant;

use std::collections::{BTreeMap, BTreeSet};

use super::nodes::{NodeKind, Nodes, ROOT};
use super::rejection::{Rejection, RejectionReason};
use super::synthetic::SyntheticValue;
use crate::shape::Scalar;
pub(crate) use field_names::{FieldNames, Key, KeyValue};
pub(crate) use untyped_value::UntypedValue;
pub(crate) use variant::ChosenVariant;

/// The depth of nested named types from which a type counts as endless.
const DEEPEST: usize = 100;

/// The name of a field that no type is expected to know.
pub(crate) const UNKNOWN_FIELD: &str = "another-field";

/// The choice at each node: which synthetic value or variant is handed out, whether an optional
/// value is present, how many items a list has beyond the first.
pub(crate) type Picks = BTreeMap<usize, usize>;

/// The current run, and what all runs so far have found out about the type.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) nodes: Nodes,
    pub(crate) script: Script,
    /// The choices that were made, in the order of the run.
    pub(crate) picked: Vec<(usize, usize)>,
    /// The nodes at which fields were read.
    pub(crate) visited_fields: Vec<usize>,
    /// The nodes at which the type asked for any value (`deserialize_any`).
    pub(crate) untyped: Vec<usize>,
    /// The named types that are being read, by their visitors: a visitor that is in the list already
    /// belongs to a recursive type.
    open_types: Vec<OpenType>,
    /// The number of open types that are recursive.
    recursion_depth: usize,
    /// The number of recursive types that this run has entered.
    recursions: usize,
}

/// The choices that a run has to make.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub(crate) picks: Picks,
    /// The field to leave out: its node, and its index there.
    pub(crate) omitted_field: Option<(usize, usize)>,
    /// The node at which to add an unknown field.
    pub(crate) unknown: Option<usize>,
    /// The nodes at which to hand out 0 and empty texts.
    pub(crate) zeros: BTreeSet<usize>,
}

#[derive(Debug)]
struct OpenType {
    visitor: &'static str,
    at: usize,
    is_recursive: bool,
}

impl Run {
    pub(crate) fn new() -> Self {
        Self {
            nodes: Nodes::new(),
            script: Script::default(),
            picked: Vec::new(),
            visited_fields: Vec::new(),
            untyped: Vec::new(),
            open_types: Vec::new(),
            recursion_depth: 0,
            recursions: 0,
        }
    }

    pub(crate) fn begin(&mut self, script: Script) {
        self.script = script;
        self.picked.clear();
        self.visited_fields.clear();
        self.untyped.clear();
        self.open_types.clear();
        self.recursion_depth = 0;
        self.recursions = 0;
    }

    /// Enters a named type. Returns the node that describes it: for a recursive type, that of the
    /// outer value.
    pub(crate) fn enter_type(
        &mut self,
        at: usize,
        visitor: &'static str,
        name: &'static str,
    ) -> Result<usize, Rejection> {
        if self.open_types.len() == DEEPEST {
            return Err(Rejection::new(RejectionReason::Endless(name.to_owned())));
        }
        let outer = self.open_types.iter().find(|open| open.visitor == visitor);
        let outer = outer.map_or(at, |open| open.at);
        let is_recursive = outer != at;
        if is_recursive {
            self.nodes.set_kind(at, NodeKind::Recursive(name, outer));
            self.recursion_depth += 1;
            self.recursions += 1;
        }
        self.open_types.push(OpenType {
            visitor,
            at: outer,
            is_recursive,
        });
        Ok(outer)
    }

    /// Leaves the innermost named type. Returns the node that describes it.
    pub(crate) fn leave_type(&mut self) -> usize {
        let Some(open) = self.open_types.pop() else {
            return ROOT;
        };
        if open.is_recursive {
            self.recursion_depth -= 1;
        }
        open.at
    }

    /// Whether a recursive type is being read: then the run chooses what ends the recursion.
    pub(crate) fn is_recursive(&self) -> bool {
        self.recursion_depth > 0
    }

    fn pick(&mut self, at: usize, otherwise: usize) -> usize {
        let pick = self.script.picks.get(&at).copied().unwrap_or(otherwise);
        self.picked.push((at, pick));
        pick
    }

    pub(crate) fn scalar(&mut self, at: usize, kind: Scalar) -> SyntheticValue {
        let scalar = self.nodes.make_scalar(at, kind);
        let (pick, zero) = (scalar.pick, scalar.zero());
        let mut pick = self.pick(at, pick);
        if self.script.zeros.contains(&at) {
            pick = zero.unwrap_or(pick);
        }
        self.nodes.synthetic_value(at, pick)
    }

    pub(crate) fn integer(&mut self, at: usize, kind: Scalar) -> i128 {
        match self.scalar(at, kind) {
            SyntheticValue::Integer(value) => value,
            _ => 0,
        }
    }

    pub(crate) fn float(&mut self, at: usize, kind: Scalar) -> f64 {
        match self.scalar(at, kind) {
            SyntheticValue::Float(value) => value,
            _ => 0.0,
        }
    }

    /// The node of the inner value; none if this run makes the optional value absent.
    pub(crate) fn optional(&mut self, at: usize) -> Option<usize> {
        let inner = self.nodes.make_optional(at).inner;
        if self.is_recursive() {
            return None;
        }
        let next = self.nodes.next_optional(at);
        (self.pick(at, next) == 0).then_some(inner)
    }

    /// The length of a list, and the node of its items.
    pub(crate) fn list(&mut self, at: usize) -> (usize, usize) {
        let item = self.nodes.make_list(at);
        (self.length(at), item)
    }

    /// The length of a map, and the nodes of its keys and values.
    pub(crate) fn map(&mut self, at: usize) -> (usize, (usize, usize)) {
        let pair = self.nodes.make_map(at);
        (self.length(at), pair)
    }

    fn length(&mut self, at: usize) -> usize {
        if self.is_recursive() {
            0
        } else {
            1 + self.pick(at, 0)
        }
    }

    pub(crate) fn fields(
        &mut self,
        at: usize,
        visitor: &'static str,
        names: &'static [&'static str],
    ) {
        let is_tagged = matches!(self.nodes.kind(at), NodeKind::OneOf(_));
        if !is_tagged {
            self.nodes.make_fields(at, visitor, names);
            self.visit_fields(at);
        }
    }

    fn visit_fields(&mut self, at: usize) {
        if !self.is_recursive() {
            self.visited_fields.push(at);
            self.picked.push((at, 0));
        }
    }
}
