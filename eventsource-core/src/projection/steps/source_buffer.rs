//! The events and changed rows of steps, in buffers by their types.

use std::any::{Any, TypeId};

use crate::event::Recorded;
use crate::projection::row::BoxError;
use crate::projection::{Key, Row, RowChange};
use crate::values::StreamId;

/// A buffer for each type of source. Sources of one type are adjacent, so that a step costs no
/// allocation.
pub(super) struct SourceBuffers<P> {
    /// The types of the buffers, in their order.
    types: Vec<TypeId>,
    buffers: Vec<Box<dyn SourceBuffer<P>>>,
}

/// An event or a changed row.
pub(super) trait Source: Send + 'static {
    /// The stream and the version of an event.
    fn origin(&self) -> Option<(&StreamId, u64)>;
}

impl<E: Send + Sync + 'static> Source for Recorded<E> {
    fn origin(&self) -> Option<(&StreamId, u64)> {
        Some((self.stream(), self.version()))
    }
}

impl<S: Send + Sync + 'static> Source for RowChange<S> {
    fn origin(&self) -> Option<(&StreamId, u64)> {
        None
    }
}

/// Sources of one type, and the function that applies each of them to a row.
struct Sources<T, F> {
    sources: Vec<T>,
    apply: F,
}

trait SourceBuffer<P>: Send {
    /// The `Vec` of the sources.
    fn sources(&mut self) -> &mut dyn Any;

    fn run(&self, index: usize, key: &Key, row: &mut P) -> Result<Row, BoxError>;

    /// See [`Source::origin`].
    fn origin(&self, index: usize) -> Option<(&StreamId, u64)>;

    fn clear(&mut self);
}

impl<P> SourceBuffers<P> {
    /// The number and the sources of the buffer for a type and a function. Closures of one type are
    /// one function, since they capture nothing.
    pub(super) fn buffer_of<T, F>(&mut self, apply: F) -> (usize, &mut Vec<T>)
    where
        T: Source,
        F: Fn(&T, &Key, &mut P) -> Result<Row, BoxError> + Send + 'static,
    {
        const { assert!(size_of::<F>() == 0, "the function captures nothing") };
        let of = TypeId::of::<Sources<T, F>>();
        let number = position(&self.types, of);
        if number == self.buffers.len() {
            self.types.push(of);
            let sources = Vec::<T>::new();
            self.buffers.push(Box::new(Sources { sources, apply }));
        }
        let sources = self.buffers[number].sources().downcast_mut();
        (number, sources.expect("the buffer was found for this type"))
    }

    pub(super) fn run(
        &self,
        (buffer, index): (usize, usize),
        key: &Key,
        row: &mut P,
    ) -> Result<Row, BoxError> {
        self.buffers[buffer].run(index, key, row)
    }

    /// The stream and the version of the event in this buffer, at this index; `None` for a changed row.
    pub(super) fn origin(&self, (buffer, index): (usize, usize)) -> Option<(&StreamId, u64)> {
        self.buffers[buffer].origin(index)
    }

    pub(super) fn clear(&mut self) {
        for buffer in &mut self.buffers {
            buffer.clear();
        }
    }
}

/// The index of a type, or the length. A function and not a method, so that it is compiled once.
fn position(types: &[TypeId], of: TypeId) -> usize {
    let found = types.iter().position(|it| *it == of);
    found.unwrap_or(types.len())
}

impl<P, T, F> SourceBuffer<P> for Sources<T, F>
where
    T: Source,
    F: Fn(&T, &Key, &mut P) -> Result<Row, BoxError> + Send + 'static,
{
    fn sources(&mut self) -> &mut dyn Any {
        &mut self.sources
    }

    fn run(&self, index: usize, key: &Key, row: &mut P) -> Result<Row, BoxError> {
        (self.apply)(&self.sources[index], key, row)
    }

    fn origin(&self, index: usize) -> Option<(&StreamId, u64)> {
        self.sources[index].origin()
    }

    fn clear(&mut self) {
        self.sources.clear();
    }
}

impl<P> Default for SourceBuffers<P> {
    fn default() -> Self {
        Self {
            types: Vec::new(),
            buffers: Vec::new(),
        }
    }
}
