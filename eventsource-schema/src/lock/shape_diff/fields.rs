//! The comparison of fields.

use eventsource_shape::{Field, Fields, UnknownFields};

use super::ShapeDiff;
use crate::lock::change::{Change, Verdict};
use crate::lock::file::{head, label};

impl ShapeDiff {
    pub(super) fn fields(&mut self, locked: &Fields, now: &Fields) {
        for field in &locked.fields {
            if let Some(now) = now.reads(&field.name) {
                self.field(field, now);
            }
        }
        let is_read = |field: &&Field| now.reads(&field.name).is_some();
        let mut removed = locked
            .fields
            .iter()
            .filter(|field| !is_read(field))
            .collect();
        let is_known = |field: &&Field| locked.fields.iter().any(|old| field.is_read_as(&old.name));
        for field in now.fields.iter().filter(|field| !is_known(field)) {
            self.new_field(field, &locked.unknown_fields, &mut removed);
        }
        for field in removed {
            let what = format!("`{}` is gone", self.path(&field.name));
            self.changes
                .push(Change::breaking(what).locked(line(field)));
        }
        self.unknown_fields(&locked.unknown_fields, &now.unknown_fields);
    }

    fn field(&mut self, locked: &Field, now: &Field) {
        let path = self.path(&locked.name);
        let change = |verdict, what: String| {
            let change = Change::new(verdict, format!("`{path}` {what}"));
            change.locked(line(locked)).now(line(now))
        };
        if locked.name != now.name {
            let what = format!("is called `{}` now", now.name);
            self.changes.push(change(Verdict::ReadersFirst, what));
        }
        if locked.required && !now.required {
            let what = "may be left out now".to_owned();
            self.changes.push(change(Verdict::ReadersFirst, what));
        }
        if now.required && !locked.required {
            let what = "may not be left out any more".to_owned();
            let change = change(Verdict::Breaking, what);
            self.changes
                .push(change.write("#[serde(default)] above it"));
        }
        for alias in &locked.aliases {
            if !now.is_read_as(alias) {
                let what = format!("is no longer read as `{alias}`");
                let change = change(Verdict::Breaking, what);
                self.changes
                    .push(change.write(format!("#[serde(alias = {alias:?})] above it")));
            }
        }
        for alias in &now.aliases {
            if !locked.is_read_as(alias) {
                let what = format!("is read as `{alias}`, too");
                self.changes.push(change(Verdict::Compatible, what));
            }
        }
        self.at_name(&locked.name, |inside| {
            inside.shape(&locked.shape, &now.shape);
        });
    }

    /// Reports a field that is not in the lock. It may be a removed field under another name.
    fn new_field(
        &mut self,
        field: &Field,
        unknown_fields: &UnknownFields,
        removed: &mut Vec<&Field>,
    ) {
        let path = self.path(&field.name);
        let change =
            |verdict, what: &str| Change::new(verdict, format!("`{path}` {what}")).now(line(field));
        if let Some(was) = removed
            .iter()
            .position(|removed| removed.shape == field.shape)
        {
            let was = removed.remove(was);
            let what = format!(
                "is new, and `{}`, of the same shape, is gone: was it renamed?",
                was.name
            );
            let write = format!("#[serde(alias = {:?})] above `{}`", was.name, field.name);
            let change = change(Verdict::Breaking, &what).locked(line(was));
            return self.changes.push(change.write(write));
        }
        self.changes.push(match unknown_fields {
            UnknownFields::Collected(_) => change(
                Verdict::Breaking,
                "is new; before, `flatten` collected a field with this name",
            ),
            _ if field.required => {
                let change = change(
                    Verdict::Breaking,
                    "is new, and stored events do not have it",
                );
                change.write("#[serde(default)] above it, or an `Option`")
            }
            UnknownFields::Denied => change(Verdict::ReadersFirst, "is new, and may be left out"),
            UnknownFields::Ignored => change(Verdict::Compatible, "is new, and may be left out"),
        });
    }

    fn unknown_fields(&mut self, locked: &UnknownFields, now: &UnknownFields) {
        let here = self.here();
        let (verdict, what) = match (locked, now) {
            _ if locked == now => return,
            (UnknownFields::Collected(locked), UnknownFields::Collected(now)) => {
                return self.at_name("..", |inside| inside.shape(locked, now));
            }
            (UnknownFields::Collected(_), _) => (Verdict::Breaking, "loses unknown fields"),
            // A newer program may have written more fields before it was rolled back.
            (_, UnknownFields::Denied) => (Verdict::Breaking, "rejects unknown fields"),
            (UnknownFields::Denied, _) => (Verdict::ReadersFirst, "accepts unknown fields"),
            (UnknownFields::Ignored, _) => (Verdict::Compatible, "keeps unknown fields"),
        };
        self.changes
            .push(Change::new(verdict, format!("{here} {what}")));
    }
}

/// A field as its line in the lock.
fn line(field: &Field) -> String {
    format!("{}: {}", label(field), head(&field.shape))
}
