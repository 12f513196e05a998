//! Rows are made by one program.

use std::collections::HashMap;

use eventsource_core::read_model::{ModelFingerprint, ModelId};

use super::Checker;
use crate::observation::{Moment, Observation};

/// No model is claimed by programs that make its rows of different things, under one version.
#[derive(Default)]
pub(crate) struct Sources {
    known: HashMap<ModelId, ModelFingerprint>,
}

impl Checker for Sources {
    fn name(&self) -> &'static str {
        "sources"
    }

    fn observe(&mut self, moment: Moment, seen: &Observation<'_>) -> Result<(), String> {
        match seen {
            Observation::ClaimOutcome { claim, .. } => {
                let model = &claim.model;
                let Some(fingerprint) = model.source else {
                    return Ok(());
                };
                let known = self.known.entry(model.id.clone());
                if fingerprint.differs_from(known.or_insert(fingerprint)) {
                    let process = moment.process;
                    return Err(format!(
                        "{process} takes {model}, whose rows another program makes of other things"
                    ));
                }
            }
            Observation::RowsLost => self.known.clear(),
            _ => {}
        }
        Ok(())
    }
}
