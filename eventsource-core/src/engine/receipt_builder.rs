//! The receipt of a commit that is stored.

use std::collections::HashMap;
use std::hash::Hash;

use crate::store::{CommitHeader, Receipt, Revision};
use crate::values::{Position, StreamId};

/// Builds the receipt of a stored commit again from its events. `K` identifies a stream in the rows of
/// the store, such as a number.
///
/// ```
/// use std::convert::Infallible;
///
/// use eventsource_core::engine::ReceiptBuilder;
/// use eventsource_core::store::{Commit, CommitHeader};
/// use eventsource_core::{Position, StreamId, Timestamp, uuid::Uuid};
///
/// let digest = Commit::new(Uuid::nil(), Vec::new()).digest();
/// let (first, time) = (Position::new(7), Timestamp::default());
/// let mut receipt = ReceiptBuilder::new(CommitHeader::new(Uuid::nil(), first, 3, time, digest));
/// for (stream, version) in [(1, 5), (2, 1), (1, 6)] {
///     receipt.add(stream, version);
/// }
/// let name = |number| Ok::<_, Infallible>(StreamId::new("cart", Uuid::from_u128(number)));
/// let receipt = receipt.finish(name)?;
/// assert_eq!(receipt.revisions.len(), 2);
/// assert_eq!(receipt.revision().to_string(), "6@9-00000000");
/// # Ok::<(), Infallible>(())
/// ```
#[derive(Debug)]
pub struct ReceiptBuilder<K> {
    header: CommitHeader,
    next: u64,
    /// In the order in which the commit first wrote them.
    revisions: Vec<(K, Revision)>,
    /// The indexes of the streams in `revisions`.
    indexes: HashMap<K, usize>,
}

impl<K: Copy + Eq + Hash> ReceiptBuilder<K> {
    /// A receipt without events.
    #[must_use]
    pub fn new(header: CommitHeader) -> Self {
        Self {
            next: header.first.offset().get(),
            header,
            revisions: Vec::new(),
            indexes: HashMap::new(),
        }
    }

    /// Adds the next event of the commit.
    pub fn add(&mut self, stream: K, version: u64) {
        let position = Position::new(self.next).in_log(self.header.first.log());
        let revision = Revision::new(version, position, self.header.id);
        self.next += 1;
        let index = *self.indexes.entry(stream).or_insert(self.revisions.len());
        match self.revisions.get_mut(index) {
            Some(known) => known.1 = revision,
            None => self.revisions.push((stream, revision)),
        }
    }

    /// The receipt, with the name of each stream.
    ///
    /// # Errors
    ///
    /// Those of `name`.
    pub fn finish<E>(self, mut name: impl FnMut(K) -> Result<StreamId, E>) -> Result<Receipt, E> {
        let revisions = self.revisions.into_iter();
        let revisions = revisions.map(|(stream, revision)| Ok((name(stream)?, revision)));
        let header = self.header;
        Ok(Receipt::new(
            header.id,
            revisions.collect::<Result<_, E>>()?,
            (header.first, header.last()),
            header.events,
            header.recorded_at,
        ))
    }
}
