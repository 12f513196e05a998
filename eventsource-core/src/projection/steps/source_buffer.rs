//! The events and changed rows that steps are made of, in buffers by their types.

use std::any::Any;

use crate::projection::row::BoxError;
use crate::projection::{Key, Row};

/// A buffer for each type of source. Sources of one type stand side by side, so that a step costs no
/// allocation.
pub(super) struct SourceBuffers<P>(Vec<Box<dyn SourceBuffer<P>>>);

/// Sources of one type, and what each of them does with a row.
struct Sources<T, F>(Vec<(T, F)>);

trait SourceBuffer<P>: Send {
    fn as_any(&mut self) -> &mut dyn Any;

    fn run(&self, index: usize, key: &Key, row: &mut P) -> Result<Row, BoxError>;

    fn clear(&mut self);
}

impl<P> SourceBuffers<P> {
    /// The number of the buffer of sources that `take` takes into a row.
    pub(super) fn buffer_of<T, F>(&mut self, _take: &F) -> usize
    where
        T: Send + 'static,
        F: Fn(&T, &Key, &mut P) -> Result<Row, BoxError> + Send + 'static,
    {
        let mut buffers = self.0.iter_mut();
        if let Some(found) = buffers.position(|it| it.as_any().is::<Sources<T, F>>()) {
            return found;
        }
        self.0.push(Box::new(Sources::<T, F>(Vec::new())));
        self.0.len() - 1
    }

    /// Adds a source to its buffer, and tells where it is.
    pub(super) fn push<T, F>(&mut self, buffer: usize, source: T, take: F) -> (usize, usize)
    where
        T: Send + 'static,
        F: Fn(&T, &Key, &mut P) -> Result<Row, BoxError> + Send + 'static,
    {
        let found = self.0[buffer].as_any().downcast_mut::<Sources<T, F>>();
        let Sources(sources) = found.expect("the buffer was found for this type");
        sources.push((source, take));
        (buffer, sources.len() - 1)
    }

    pub(super) fn run(
        &self,
        (buffer, index): (usize, usize),
        key: &Key,
        row: &mut P,
    ) -> Result<Row, BoxError> {
        self.0[buffer].run(index, key, row)
    }

    pub(super) fn clear(&mut self) {
        self.0.iter_mut().for_each(|buffer| buffer.clear());
    }
}

impl<P, T, F> SourceBuffer<P> for Sources<T, F>
where
    T: Send + 'static,
    F: Fn(&T, &Key, &mut P) -> Result<Row, BoxError> + Send + 'static,
{
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn run(&self, index: usize, key: &Key, row: &mut P) -> Result<Row, BoxError> {
        let (source, take) = &self.0[index];
        take(source, key, row)
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

impl<P> Default for SourceBuffers<P> {
    fn default() -> Self {
        Self(Vec::new())
    }
}
