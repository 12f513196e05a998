//! The comparison of variants.

use eventsource_shape::{Tagging, Variant};

use super::ShapeDiff;
use crate::lock::change::Change;

impl ShapeDiff {
    pub(super) fn variants(&mut self, by: &Tagging, locked: &[Variant], now: &[Variant]) {
        let mut new: Vec<_> = now.iter().collect();
        for variant in locked {
            match find(now, &variant.name) {
                Some(now) => {
                    new.retain(|new| *new != now);
                    self.variant(by, variant, now);
                }
                None => self.removed_variant(variant, locked, now),
            }
        }
        for variant in new {
            let what = format!("`{}` is new", self.path(&variant.name));
            self.changes.push(Change::readers_first(what));
        }
    }

    fn variant(&mut self, by: &Tagging, locked: &Variant, now: &Variant) {
        let path = self.path(&locked.name);
        if locked.name != now.name {
            let what = format!("`{path}` is called `{}` now", now.name);
            self.changes.push(Change::readers_first(what));
        }
        for alias in locked.aliases.iter().filter(|alias| !now.is_read_as(alias)) {
            let what = format!("`{path}` is no longer read as `{alias}`");
            let write = format!("#[serde(alias = {alias:?})] above it");
            self.changes.push(Change::breaking(what).write(write));
        }
        for alias in now.aliases.iter().filter(|alias| !locked.is_read_as(alias)) {
            let what = format!("`{path}` is read as `{alias}`, too");
            self.changes.push(Change::compatible(what));
        }
        self.at_name(&locked.name, |inside| match by {
            Tagging::Internal(_) => inside.open(&locked.shape, &now.shape),
            Tagging::External | Tagging::Adjacent { .. } => inside.shape(&locked.shape, &now.shape),
        });
    }

    fn removed_variant(&mut self, variant: &Variant, locked: &[Variant], now: &[Variant]) {
        let path = self.path(&variant.name);
        let is_new = |now: &&Variant| locked.iter().all(|locked| !now.is_read_as(&locked.name));
        let same = now
            .iter()
            .filter(is_new)
            .find(|now| now.shape == variant.shape);
        self.changes.push(match same {
            Some(same) => {
                let what = format!(
                    "`{path}` is gone, and `{}`, of the same shape, is new: was it renamed?",
                    same.name
                );
                let write = format!("#[serde(alias = {:?})] above `{}`", variant.name, same.name);
                Change::breaking(what).write(write)
            }
            None => Change::breaking(format!("`{path}` is gone")),
        });
    }
}

fn find<'v>(variants: &'v [Variant], name: &str) -> Option<&'v Variant> {
    let by_name = variants.iter().find(|variant| variant.name == name);
    by_name.or_else(|| variants.iter().find(|variant| variant.is_read_as(name)))
}
