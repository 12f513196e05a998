//! A difference between the program and its lock.

/// One difference between the program and its lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) verdict: Verdict,
    /// The difference, as a sentence.
    pub(super) what: String,
    /// The state in the lock.
    pub(super) locked: Option<String>,
    /// The state in the program.
    pub(super) now: Option<String>,
    /// The code or the line of the lock that resolves it.
    pub(super) write: Option<String>,
}

/// The effect of a change on stored events and on running programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Stored events are read as before.
    Compatible,
    /// Stored events are read as before, but running instances of the locked version reject new ones.
    ReadersFirst,
    /// Stored events are read as before, but projections and reactors of running instances of the locked
    /// version skip new ones.
    StopOldFirst,
    /// Stored events would not be read, or would be read as something else.
    Breaking,
}

impl Change {
    pub(super) fn new(verdict: Verdict, what: impl Into<String>) -> Self {
        Self {
            verdict,
            what: what.into(),
            locked: None,
            now: None,
            write: None,
        }
    }

    pub(super) fn compatible(what: impl Into<String>) -> Self {
        Self::new(Verdict::Compatible, what)
    }

    pub(super) fn readers_first(what: impl Into<String>) -> Self {
        Self::new(Verdict::ReadersFirst, what)
    }

    pub(super) fn stop_old_first(what: impl Into<String>) -> Self {
        Self::new(Verdict::StopOldFirst, what)
    }

    pub(super) fn breaking(what: impl Into<String>) -> Self {
        Self::new(Verdict::Breaking, what)
    }

    pub(super) fn locked(mut self, locked: impl Into<String>) -> Self {
        self.locked = Some(locked.into());
        self
    }

    pub(super) fn now(mut self, now: impl Into<String>) -> Self {
        self.now = Some(now.into());
        self
    }

    pub(super) fn write(mut self, write: impl Into<String>) -> Self {
        self.write = Some(write.into());
        self
    }

    pub(super) fn is_breaking(&self) -> bool {
        self.verdict == Verdict::Breaking
    }
}
