//! Scalars, and which values of them are accepted.

use super::{NodeKind, Nodes};
use crate::shape::Scalar;
use crate::synthetic::{self, SyntheticValue};
use crate::user_samples::Samples;

#[derive(Debug)]
pub(crate) struct ScalarNode {
    pub(crate) kind: Scalar,
    /// The value that was accepted, as far as it is known.
    pub(crate) pick: usize,
    pub(crate) tried: usize,
    /// The values that the samples have here, each with the index of its sample.
    pub(crate) samples: Option<Vec<(usize, SyntheticValue)>>,
    /// Whether 0 or an empty text was rejected.
    pub(crate) refuses_zero: bool,
}

impl Nodes {
    pub(crate) fn make_scalar(&mut self, at: usize, kind: Scalar) -> &mut ScalarNode {
        if !matches!(self.kind(at), NodeKind::Scalar(scalar) if scalar.kind == kind) {
            self.set_kind(at, NodeKind::Scalar(ScalarNode::new(kind)));
        }
        match self.kind_mut(at) {
            NodeKind::Scalar(scalar) => scalar,
            _ => unreachable!("it was made one"),
        }
    }

    /// The synthetic value of a pick.
    pub(crate) fn synthetic_value(&mut self, at: usize, pick: usize) -> SyntheticValue {
        match self.kind(at) {
            NodeKind::Scalar(scalar) => scalar.value(pick),
            _ => unreachable!("only scalars have synthetic values"),
        }
    }

    /// Loads the values that the samples have at a scalar's node.
    pub(crate) fn load_samples(&mut self, at: usize, samples: &Samples) {
        let NodeKind::Scalar(ScalarNode {
            samples: None,
            kind,
            ..
        }) = *self.kind(at)
        else {
            return;
        };
        let found = samples.scalars(&self.path(at), kind);
        if let NodeKind::Scalar(scalar) = self.kind_mut(at) {
            scalar.samples = Some(found);
        }
    }
}

impl ScalarNode {
    pub(super) fn new(kind: Scalar) -> Self {
        Self {
            kind,
            pick: 0,
            tried: 0,
            samples: None,
            refuses_zero: false,
        }
    }

    fn samples(&self) -> &[(usize, SyntheticValue)] {
        self.samples.as_deref().unwrap_or_default()
    }

    /// The value of a pick: synthetic values are numbered before those of the samples.
    pub(crate) fn value(&self, pick: usize) -> SyntheticValue {
        let sample = || {
            let index = pick.checked_sub(synthetic::count(self.kind))?;
            self.samples().get(index).map(|(_, value)| value.clone())
        };
        synthetic::value(self.kind, pick)
            .or_else(sample)
            .or_else(|| synthetic::value(self.kind, 0))
            .unwrap_or(SyntheticValue::Bool(true))
    }

    pub(crate) fn count(&self) -> usize {
        synthetic::count(self.kind) + self.samples().len()
    }

    /// The pick of 0 or of the empty text.
    pub(crate) fn zero(&self) -> Option<usize> {
        match self.kind {
            Scalar::Text | Scalar::Unsigned(_) | Scalar::Signed(_) | Scalar::Float(_) => {
                Some(synthetic::count(self.kind) - 1)
            }
            Scalar::Bool | Scalar::Char | Scalar::Bytes => None,
        }
    }

    /// The pick of a sample's value.
    pub(crate) fn of_sample(&self, sample: usize) -> Option<usize> {
        let index = self.samples().iter().position(|(of, _)| *of == sample)?;
        Some(synthetic::count(self.kind) + index)
    }

    /// Moves on to the next value. Those of the samples come before synthetic ones, because they are
    /// more likely to be accepted.
    pub(crate) fn try_next(&mut self) -> bool {
        self.tried += 1;
        let (samples, own) = (self.samples().len(), synthetic::count(self.kind));
        self.pick = match self.tried {
            tried if tried <= samples => own + tried - 1,
            tried => tried - samples,
        };
        self.tried < samples + own
    }
}
