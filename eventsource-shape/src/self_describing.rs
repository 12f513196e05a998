//! Types that read self-describing input (`deserialize_any`), which serde buffers before it is
//! interpreted.

use serde_json::Value as Json;

use super::guesses::Role;
use super::nodes::{NodeKind, PathSegment, UnknownFieldsNode};
use super::rejection::{Rejection, RejectionReason};
use super::run::{Script, UNKNOWN_FIELD};
use super::tracer::Tracer;
use super::user_samples;
use crate::shape::{Scalar, Tagging, Untraceable};

/// The depth of nested values from which a type counts as endless.
const DEEPEST: usize = 40;

impl Tracer<'_> {
    /// Extends the guesses until nothing new is found, then covers every choice again from the
    /// beginning, so that the fullest value comes first.
    pub(crate) fn explore_self_describing(&mut self) -> Result<(), Untraceable> {
        let mut is_self_describing = false;
        while self.ask_for_more() {
            is_self_describing = true;
            self.run.nodes.reopen();
            self.explore()?;
        }
        if is_self_describing {
            self.drop_ignored_fields();
            self.run.nodes.reset_coverage();
            self.subject.clear();
            self.kept.clear();
            self.explore()?;
        }
        Ok(())
    }

    /// Learns from a rejection what to hand out instead. Returns false if it says nothing new.
    pub(crate) fn guess_again(&mut self, at: usize, rejection: &Rejection) -> bool {
        let nodes = &mut self.run.nodes;
        let untyped = self.run.untyped.iter().copied();
        let untyped = untyped.filter(|part| nodes.is_within(*part, at));
        let newest = untyped.clone().max();
        let focus = untyped.filter(|part| nodes.is_guessed(*part) && !nodes.is_accepted(*part));
        let focus = focus.max();
        match (&rejection.reason, focus) {
            (RejectionReason::Missing(name), _) => self.add_missing(newest, at, name),
            (RejectionReason::UnknownVariant(names), _) if nodes.node(at).is_tag => {
                self.run.nodes.set_internal_tag(at, names)
            }
            (RejectionReason::UnknownVariant(names), Some(focus)) if nodes.node(focus).is_tag => {
                self.run.nodes.set_internal_tag(focus, names)
            }
            // The depth is limited: the rejected name may belong to another node, and then guessing
            // variants here would never end.
            (RejectionReason::UnknownVariant(names), Some(focus))
                if nodes.path(focus).len() < DEEPEST =>
            {
                nodes.confirm(focus);
                nodes.set_kind(focus, NodeKind::Unknown);
                nodes.make_one_of(focus, names, Tagging::External);
                nodes.guess_variants(focus);
                true
            }
            (RejectionReason::Kind { expected, .. }, Some(focus)) => {
                nodes.guess_again(focus, Some(expected)) || self.exhaust_guesses(focus)
            }
            (RejectionReason::Other(_), Some(focus)) => {
                nodes.guess_again(focus, None) || self.exhaust_guesses(focus)
            }
            _ => false,
        }
    }

    /// Adds a missing field to the innermost fields that may need it, since the type reads last what
    /// was added last.
    fn add_missing(&mut self, newest: Option<usize>, at: usize, name: &'static str) -> bool {
        let nodes = &mut self.run.nodes;
        let mut host = newest.unwrap_or(at);
        loop {
            if let NodeKind::Fields(fields) = nodes.kind(host)
                && fields.is_open
                && !fields.fields.iter().any(|field| field.name == name)
                && nodes.path(host).len() < DEEPEST
            {
                nodes.add_field(host, name);
                return true;
            }
            match nodes.parent(host) {
                Some((outer, _)) if host != at => host = outer,
                _ => return false,
            }
        }
    }

    /// Handles a node at which no guess was right. Returns false if nothing else can be tried.
    fn exhaust_guesses(&mut self, at: usize) -> bool {
        let nodes = &mut self.run.nodes;
        let role = nodes.node(at).guesses.as_ref().map(|guesses| guesses.role);
        let Some((outer, _)) = nodes.parent(at) else {
            return false;
        };
        match role {
            Some(Role::Present) => {
                nodes.set_kind(outer, NodeKind::Unit);
                nodes.confirm(outer);
            }
            Some(Role::Written) => nodes.remove_field(outer, at),
            Some(Role::UnknownField) => {
                nodes.fields_of(outer).unknown_fields = UnknownFieldsNode::Denied;
            }
            // The parent is a guess itself.
            _ if !nodes.is_confirmed(outer) => {
                return nodes.guess_again(outer, None) || self.exhaust_guesses(outer);
            }
            Some(Role::Any | Role::Required) | None => return false,
        }
        true
    }

    /// Starts the next open question. Returns false if there is none.
    fn ask_for_more(&mut self) -> bool {
        let nodes = self.run.nodes.ids();
        let mut json = None;
        nodes.into_iter().any(|at| match self.run.nodes.kind(at) {
            _ if !self.run.nodes.is_accepted(at) => false,
            NodeKind::Fields(fields) if fields.is_open => {
                let json = json.get_or_insert_with(|| self.known_values());
                self.ask_for_fields(at, json)
            }
            _ if self.run.nodes.is_confirmed(at) => false,
            _ => self.ask_for_value(at),
        })
    }

    /// Removes fields that were given to a struct that ignores them.
    fn drop_ignored_fields(&mut self) {
        let json = self.known_values();
        for at in self.run.nodes.ids() {
            if matches!(self.run.nodes.kind(at), NodeKind::Fields(fields) if fields.is_open) {
                let written = self.written(at, &json);
                self.run.nodes.drop_ignored_fields(at, &written);
            }
        }
    }

    /// The field names that known values have at a node.
    fn written(&self, at: usize, json: &[Json]) -> Vec<String> {
        let path = self.run.nodes.path(at);
        let found = json.iter().flat_map(|json| user_samples::at(json, &path));
        let names = found.flat_map(|json| match &*json {
            Json::Object(pairs) => pairs.keys().cloned().collect(),
            _ => Vec::new(),
        });
        names.collect()
    }

    /// All known values, as serde writes them.
    fn known_values(&self) -> Vec<Json> {
        let mut json = self.subject.json();
        json.extend(self.samples.0.iter().cloned());
        json
    }

    /// Examines an accepted guess, which may be only one of several accepted values.
    fn ask_for_value(&mut self, at: usize) -> bool {
        let nodes = &mut self.run.nodes;
        let role = nodes.node(at).guesses.as_ref().map(|guesses| guesses.role);
        nodes.confirm(at);
        match (role, nodes.kind(at)) {
            (Some(Role::Any), _) => {
                nodes.set_kind(at, NodeKind::Anything);
                false
            }
            (Some(Role::Present), _) => {
                if self.takes_anything(at)
                    && let Some((optional, _)) = self.run.nodes.parent(at)
                {
                    self.run.nodes.set_kind(optional, NodeKind::Anything);
                }
                false
            }
            (_, NodeKind::Unit)
                if !matches!(nodes.parent(at), Some((_, PathSegment::Variant(_)))) =>
            {
                // A unit was accepted: it may be the absence of an optional value.
                let inner = nodes.make_optional(at).inner;
                nodes.make_optional(at).covered[1] = true;
                nodes.guess(inner, Role::Present);
                true
            }
            _ => false,
        }
    }

    /// Whether a boolean is accepted in place of the guessed value: then any value is.
    fn takes_anything(&mut self, at: usize) -> bool {
        let mut kept = self.kept.iter();
        let Some(picks) = kept.find(|picks| picks.contains_key(&at)).cloned() else {
            return false;
        };
        let nodes = &mut self.run.nodes;
        let NodeKind::Scalar(scalar) = nodes.kind(at) else {
            return false;
        };
        let kind = scalar.kind;
        nodes.make_scalar(at, Scalar::Bool);
        let script = Script {
            picks,
            ..Script::default()
        };
        let is_accepted = kind != Scalar::Bool && self.read(script).is_ok();
        self.run.nodes.make_scalar(at, kind);
        is_accepted
    }

    /// Adds fields that are written but not required, then an unknown field.
    fn ask_for_fields(&mut self, at: usize, json: &[Json]) -> bool {
        let written = self.written(at, json);
        let nodes = &mut self.run.nodes;
        let tag = nodes.tag_around(at);
        let unknown_fields = nodes.fields_of(at).unknown_fields;
        match unknown_fields {
            UnknownFieldsNode::Collected(_) => {
                if !written.iter().any(|name| name == UNKNOWN_FIELD) {
                    nodes.fields_of(at).unknown_fields = UnknownFieldsNode::Ignored;
                }
                false
            }
            UnknownFieldsNode::Unknown => {
                let fields = &nodes.fields_of(at).fields;
                let is_new = |name: &&String| {
                    Some(*name) != tag.as_ref() && !fields.iter().any(|f| f.name == **name)
                };
                let found = written.iter().find(is_new).cloned();
                if let Some(name) = found {
                    let field = nodes.add_field(at, name);
                    nodes.guess(field, Role::Written);
                } else {
                    let other = nodes.add_child(at, PathSegment::Value);
                    nodes.fields_of(at).unknown_fields = UnknownFieldsNode::Collected(other);
                    nodes.guess(other, Role::UnknownField);
                }
                true
            }
            UnknownFieldsNode::Ignored | UnknownFieldsNode::Denied => false,
        }
    }
}
