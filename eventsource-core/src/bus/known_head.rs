//! The head of a log, as far as it is known here.

use tokio::sync::watch;

use crate::store::{EventLog, LatestReads, Page, ReadError};
use crate::values::Position;

/// Finds the pages that say they are complete and lack events of which this process has heard. A
/// [leader](LatestReads::Leader) that was replaced and does not know it answers so, from its past.
///
/// It compares a page with the head as it was known when the read began. What comes later is carried by
/// the bus.
pub(super) struct KnownHead {
    /// `None` where such a page cannot come: nothing is compared then.
    watched: Option<watch::Receiver<Position>>,
    /// The head that was known when the last read began.
    wanted: Position,
    /// The newest head that was known and that the log does not have: it was taken back.
    lost: Position,
    /// Whether the log is asked for the head, since a page has missed it.
    is_asked: bool,
}

impl KnownHead {
    pub(super) fn of(log: &dyn EventLog) -> Self {
        let is_exact = log.capabilities().latest == LatestReads::Linearizable;
        Self {
            watched: (!is_exact).then(|| log.watch()),
            wanted: Position::START,
            lost: Position::START,
            is_asked: false,
        }
    }

    /// Notes the head before a read, and answers the position that the read has to see, if it is not
    /// simply to see the latest state.
    pub(super) fn begin_read(&mut self) -> Option<Position> {
        if let Some(watched) = &self.watched {
            let head = *watched.borrow();
            if is_before(self.lost, head) {
                self.wanted = head;
            }
        }
        self.is_asked.then_some(self.wanted)
    }

    /// The page that was read; as one that is not complete, if there is more to read.
    pub(super) fn check(&mut self, page: Page) -> Page {
        if !page.is_complete() {
            return page;
        }
        // An answer to a read that asked for the head is believed.
        self.is_asked = !self.is_asked && is_before(page.through().position(), self.wanted);
        if self.is_asked {
            page.incomplete()
        } else {
            page
        }
    }

    /// Takes the end of the log for its head where the log does not have the head that was asked for.
    ///
    /// # Errors
    ///
    /// Every other error.
    pub(super) fn take_back(&mut self, error: ReadError) -> Result<(), ReadError> {
        match error {
            // A log that is empty again ends at the start, which is in log 0.
            ReadError::BeyondHead { position, head } | ReadError::OtherLog { position, head }
                if self.is_asked && position == self.wanted && is_before(head, position) =>
            {
                self.lost = position;
                self.wanted = head;
                Ok(())
            }
            error => Err(error),
        }
    }
}

/// Whether a position is before another one of the same log.
fn is_before(one: Position, other: Position) -> bool {
    one.offset() < other.offset()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Horizon, PageBuilder};

    /// The head in a log, as it is known after an old leader has answered with an empty page.
    fn asked(log: u32) -> (watch::Sender<Position>, KnownHead) {
        let (sender, watched) = watch::channel(Position::new(7).in_log(log));
        let mut head = KnownHead {
            watched: Some(watched),
            wanted: Position::START,
            lost: Position::START,
            is_asked: false,
        };
        assert_eq!(head.begin_read(), None);
        assert!(!head.check(empty(Position::START)).is_complete());
        assert_eq!(head.begin_read(), Some(Position::new(7).in_log(log)));
        (sender, head)
    }

    fn empty(through: Position) -> Page {
        PageBuilder::new().finish(Horizon::unchecked(through), true)
    }

    #[test]
    fn a_head_that_a_log_has_lost_is_not_asked_for_again() {
        for log in [0, 3] {
            let (sender, mut head) = asked(log);
            let (lost, end) = (Position::new(7).in_log(log), Position::new(2).in_log(log));
            let error = ReadError::check_position(lost, end).unwrap_err();
            head.take_back(error).unwrap();
            assert_eq!(head.begin_read(), Some(end));
            assert!(head.check(empty(end)).is_complete());
            assert_eq!(head.begin_read(), None);
            assert!(head.check(empty(end)).is_complete());

            sender.send_replace(Position::new(8).in_log(log));
            assert_eq!(head.begin_read(), None);
            assert!(!head.check(empty(end)).is_complete());
            assert_eq!(head.begin_read(), Some(Position::new(8).in_log(log)));
        }
    }

    #[test]
    fn a_log_may_be_empty_again() {
        for log in [0, 3] {
            let (_sender, mut head) = asked(log);
            let lost = Position::new(7).in_log(log);
            let error = ReadError::check_position(lost, Position::START).unwrap_err();
            head.take_back(error).unwrap();
            assert_eq!(head.begin_read(), Some(Position::START));
            assert!(head.check(empty(Position::START)).is_complete());
        }
    }

    #[test]
    fn an_error_that_speaks_of_another_position_stays_one() {
        let (_sender, mut head) = asked(0);
        let (position, end) = (Position::new(5), Position::new(2));
        let error = ReadError::check_position(position, end).unwrap_err();
        assert!(head.take_back(error).is_err());
        assert_eq!(head.begin_read(), Some(Position::new(7)));
    }

    #[test]
    fn a_page_that_misses_a_head_which_was_asked_for_is_believed() {
        let (_sender, mut head) = asked(0);
        assert!(head.check(empty(Position::new(3))).is_complete());
    }
}
