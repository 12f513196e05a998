//! The check that the versions of a stream have no holes.

use super::damage::Damage;
use crate::store::{ReadStream, Versions};
use crate::values::{Position, StreamId};

/// Checks the events of a read of a stream: the versions have no holes, and are in the order of their
/// positions.
///
/// [Example](crate::engine#example).
#[derive(Debug)]
pub struct VersionOrder<'r> {
    stream: &'r StreamId,
    direction: Versions,
    next: Option<u64>,
    /// The last version of the stream.
    last: u64,
    /// The position of the event before.
    position: Option<Position>,
}

impl<'r> VersionOrder<'r> {
    /// The check of a read in a stream with this last version, which is 0 for a stream without events.
    #[must_use]
    pub fn new(read: &'r ReadStream, last: u64) -> Self {
        let next = match read.versions {
            Versions::After(version) => version.checked_add(1).filter(|next| *next <= last),
            Versions::Before(version) => Some(version.saturating_sub(1).min(last)),
        };
        Self {
            stream: &read.stream,
            direction: read.versions,
            next: next.filter(|next| *next > 0),
            last,
            position: None,
        }
    }

    /// The number of events that the read has to find from here on.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        self.next.map_or(0, |next| match self.direction {
            Versions::After(_) => self.last - next + 1,
            Versions::Before(_) => next,
        })
    }

    /// The version of the next event.
    ///
    /// # Errors
    ///
    /// [`Damage::ExtraVersion`] if the stream has no further event.
    pub fn expected(&self) -> Result<u64, Damage> {
        self.next.ok_or_else(|| self.damage())
    }

    /// Checks the next event.
    ///
    /// # Errors
    ///
    /// [`Damage`] if it is not the expected one.
    pub fn take(&mut self, version: u64, position: Position) -> Result<(), Damage> {
        if self.next != Some(version) {
            return Err(self.damage());
        }
        let before = self.position.replace(position);
        if before.is_some_and(|before| !self.is_in_order(before, position)) {
            let stream = Box::new(self.stream.clone());
            return Err(Damage::StreamOutOfOrder { stream, position });
        }
        self.next = match self.direction {
            Versions::After(_) => Some(version + 1).filter(|next| *next <= self.last),
            Versions::Before(_) => Some(version - 1).filter(|next| *next > 0),
        };
        Ok(())
    }

    /// Checks that no event is missing at the end.
    ///
    /// # Errors
    ///
    /// [`Damage::MissingVersion`].
    pub fn end(&self) -> Result<(), Damage> {
        self.next.map_or(Ok(()), |_| Err(self.damage()))
    }

    fn is_in_order(&self, before: Position, position: Position) -> bool {
        match self.direction {
            Versions::After(_) => before.offset() < position.offset(),
            Versions::Before(_) => position.offset() < before.offset(),
        }
    }

    /// The damage of a stream whose next event is not the expected one.
    #[must_use]
    pub fn damage(&self) -> Damage {
        let (stream, last) = (Box::new(self.stream.clone()), self.last);
        match self.next {
            Some(version) => Damage::MissingVersion {
                stream,
                version,
                last,
            },
            None => Damage::ExtraVersion { stream, last },
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn met(read: &ReadStream, last: u64, events: &[(u64, u64)]) -> Result<(), Damage> {
        let mut order = VersionOrder::new(read, last);
        assert!(order.remaining() >= events.len() as u64);
        for &(version, position) in events {
            order.take(version, Position::new(position))?;
        }
        order.end()
    }

    #[test]
    fn the_versions_of_a_stream_have_no_hole_in_either_direction() {
        let stream = StreamId::new("cart", Uuid::nil());
        let forward = ReadStream::forward(stream.clone(), 1);
        assert_eq!(met(&forward, 3, &[(2, 5), (3, 9)]), Ok(()));
        assert!(met(&forward, 3, &[(2, 5)]).is_err(), "version 3 is missing");
        assert!(met(&forward, 3, &[(3, 9)]).is_err(), "version 2 is missing");
        assert!(met(&forward, 3, &[(2, 5), (3, 5)]).is_err(), "no order");
        let backward = ReadStream::backward(stream.clone(), 9);
        assert_eq!(met(&backward, 2, &[(2, 5), (1, 4)]), Ok(()));
        assert!(met(&backward, 2, &[(2, 5), (1, 6)]).is_err(), "no order");
        let empty = ReadStream::forward(stream, u64::MAX);
        assert_eq!(met(&empty, 3, &[]), Ok(()));
        assert!(VersionOrder::new(&empty, 3).expected().is_err());
    }
}
