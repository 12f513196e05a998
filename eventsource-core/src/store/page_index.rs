//! Indices of streams, commits and types in a page.

/// The index of a stream in a [`PageBuilder`](crate::store::PageBuilder).
///
/// [Example](crate::store#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamIndex(u32);

/// The index of a commit in a [`PageBuilder`](crate::store::PageBuilder).
///
/// [Example](crate::store#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitIndex(u32);

/// The index of a type of events in a [`PageBuilder`](crate::store::PageBuilder). Two events with the same
/// index have the same type.
///
/// [Example](crate::store#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeIndex(u32);

macro_rules! indices {
    ($($index:ident)*) => {
        $(impl $index {
            pub(crate) fn new(index: usize) -> Self {
                Self(u32::try_from(index).expect("a page has fewer than 2^32 events"))
            }

            pub(crate) const fn place(self) -> usize {
                self.0 as usize
            }
        })*
    };
}
indices!(StreamIndex CommitIndex TypeIndex);
