//! Values without parts, and which of them are taken.

use super::{Is, Places};
use crate::shape::Scalar;
use crate::synthetic::{self, MadeUp};
use crate::user_samples::Samples;

#[derive(Debug)]
pub(crate) struct ScalarAt {
    pub(crate) kind: Scalar,
    /// Which made-up value was taken, as far as it is known.
    pub(crate) pick: usize,
    pub(crate) tried: usize,
    /// What the samples have here, each with the number of the sample.
    pub(crate) samples: Option<Vec<(usize, MadeUp)>>,
    /// Whether a value that says nothing was refused: 0, or an empty text.
    pub(crate) refuses_zero: bool,
}

impl Places {
    pub(crate) fn scalar(&mut self, at: usize, kind: Scalar) -> &mut ScalarAt {
        if !matches!(self.is(at), Is::Scalar(scalar) if scalar.kind == kind) {
            self.becomes(at, Is::Scalar(ScalarAt::new(kind)));
        }
        match self.is_mut(at) {
            Is::Scalar(scalar) => scalar,
            _ => unreachable!("it was made one"),
        }
    }

    /// A made-up value for a place.
    pub(crate) fn made_up(&mut self, at: usize, pick: usize) -> MadeUp {
        match self.is(at) {
            Is::Scalar(scalar) => scalar.value(pick),
            _ => unreachable!("only scalars are made up"),
        }
    }

    /// Loads what the samples have in the place of a scalar.
    pub(crate) fn load_samples(&mut self, at: usize, samples: &Samples) {
        let Is::Scalar(ScalarAt {
            samples: None,
            kind,
            ..
        }) = *self.is(at)
        else {
            return;
        };
        let found = samples.scalars(&self.steps(at), kind);
        if let Is::Scalar(scalar) = self.is_mut(at) {
            scalar.samples = Some(found);
        }
    }
}

impl ScalarAt {
    pub(super) fn new(kind: Scalar) -> Self {
        Self {
            kind,
            pick: 0,
            tried: 0,
            samples: None,
            refuses_zero: false,
        }
    }

    fn samples(&self) -> &[(usize, MadeUp)] {
        self.samples.as_deref().unwrap_or_default()
    }

    /// The made-up values stand before those of the samples.
    pub(crate) fn value(&self, pick: usize) -> MadeUp {
        let sample = || {
            let index = pick.checked_sub(synthetic::count(self.kind))?;
            self.samples().get(index).map(|(_, value)| value.clone())
        };
        synthetic::value(self.kind, pick)
            .or_else(sample)
            .or_else(|| synthetic::value(self.kind, 0))
            .unwrap_or(MadeUp::Bool(true))
    }

    pub(crate) fn count(&self) -> usize {
        synthetic::count(self.kind) + self.samples().len()
    }

    /// The value that says least.
    pub(crate) fn zero(&self) -> Option<usize> {
        match self.kind {
            Scalar::Text | Scalar::Unsigned(_) | Scalar::Signed(_) | Scalar::Float(_) => {
                Some(synthetic::count(self.kind) - 1)
            }
            Scalar::Bool | Scalar::Char | Scalar::Bytes => None,
        }
    }

    /// What a sample has here.
    pub(crate) fn of_sample(&self, sample: usize) -> Option<usize> {
        let index = self.samples().iter().position(|(of, _)| *of == sample)?;
        Some(synthetic::count(self.kind) + index)
    }

    /// The one to try after those that were tried: the samples' are likelier than made-up ones.
    pub(crate) fn try_another(&mut self) -> bool {
        self.tried += 1;
        let (samples, own) = (self.samples().len(), synthetic::count(self.kind));
        self.pick = match self.tried {
            tried if tried <= samples => own + tried - 1,
            tried => tried - samples,
        };
        self.tried < samples + own
    }
}
