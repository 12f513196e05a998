//! The check that private texts stay private.

use super::Checker;
use crate::observation::{Moment, Observation};

/// No text that a person may see shows a word of the payloads or the keys.
pub(crate) struct Canary(pub(crate) &'static str);

impl Checker for Canary {
    fn name(&self) -> &'static str {
        "canary"
    }

    fn observe(&mut self, _: Moment, seen: &Observation<'_>) -> Result<(), String> {
        match seen {
            Observation::Text(text) if text.contains(self.0) => {
                Err(format!("`{}` is shown: {text}", self.0))
            }
            _ => Ok(()),
        }
    }
}
