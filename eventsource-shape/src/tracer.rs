//! The tracer, which reads a type run after run.

use serde_json::Value as Json;

use super::deserializer::TraceDeserializer;
use super::nodes::ROOT;
use super::rejection::Rejection;
use super::run::{Picks, Run, Script};
use super::subject::Subject;
use super::user_samples::Samples;
use crate::shape::{Shape, Untraceable};

/// The number of runs after which a type counts as untraceable.
const MAX_RUNS: usize = 20_000;

/// Reads a type run after run, and collects what the runs find out.
pub(crate) struct Tracer<'t> {
    pub(crate) subject: &'t mut dyn Subject,
    pub(crate) samples: Samples,
    pub(crate) run: Run,
    /// The picks of the runs whose values were kept.
    pub(crate) kept: Vec<Picks>,
    runs: usize,
}

impl<'t> Tracer<'t> {
    pub(crate) fn new(subject: &'t mut dyn Subject, samples: Vec<Json>) -> Self {
        Self {
            subject,
            samples: Samples(samples),
            run: Run::new(),
            kept: Vec::new(),
            runs: 0,
        }
    }

    pub(crate) fn trace(mut self) -> Result<Shape, Untraceable> {
        self.explore()?;
        self.explore_self_describing()?;
        self.experiment();
        Ok(self.shape())
    }

    /// Explores without guesses. A guessed node is an error, because the type may read more than was
    /// found, and a fingerprint must not miss it.
    pub(crate) fn outline(mut self) -> Result<Shape, Untraceable> {
        self.explore()?;
        let nodes = &self.run.nodes;
        match nodes.ids().find(|at| nodes.is_self_describing(*at)) {
            Some(at) => Err(Untraceable {
                at: nodes.describe(at),
                reason: "the type accepts any value (`flatten`, `untagged`, a JSON value)"
                    .to_owned(),
            }),
            None => Ok(self.shape()),
        }
    }

    fn shape(mut self) -> Shape {
        self.name_variants();
        self.run.nodes.shape(ROOT)
    }

    pub(crate) fn read(&mut self, script: Script) -> Result<(), Rejection> {
        self.runs += 1;
        self.run.begin(script);
        let deserializer = TraceDeserializer::new(&mut self.run, ROOT);
        let mut read = self.subject.read(deserializer);
        if let Err(rejection) = &mut read {
            rejection.set_node(ROOT);
        }
        read
    }

    /// Whether so many runs were made that the exploration is not expected to end.
    pub(crate) fn has_reached_limit(&self) -> bool {
        self.runs >= MAX_RUNS
    }
}
