//! Places in the lists of a page.

/// The place of a stream in the list of a [`PageBuilder`](crate::store::PageBuilder).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamIndex(u32);

/// The place of a commit in the list of a [`PageBuilder`](crate::store::PageBuilder).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitIndex(u32);

/// The place of a type of events in the list of a [`PageBuilder`](crate::store::PageBuilder). Two
/// events with the same place have the same type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeIndex(u32);

macro_rules! places {
    ($($index:ident)*) => {
        $(impl $index {
            pub(crate) fn new(place: usize) -> Self {
                Self(u32::try_from(place).expect("a page has fewer than 2^32 events"))
            }

            pub(crate) const fn place(self) -> usize {
                self.0 as usize
            }
        })*
    };
}
places!(StreamIndex CommitIndex TypeIndex);
