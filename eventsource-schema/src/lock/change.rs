//! How the program differs from its lock.

/// How the program differs from its lock, in one point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) verdict: Verdict,
    /// A sentence.
    pub(super) what: String,
    /// What the lock says.
    pub(super) locked: Option<String>,
    /// What the program says.
    pub(super) now: Option<String>,
    /// What to write instead.
    pub(super) write: Option<String>,
}

/// What a change does to what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Compatible,
    /// Nothing; but a program that still runs as it was locked refuses what is written now.
    ReadersFirst,
    /// Nothing; but read models of a program that still runs as it was locked miss what is written now.
    AloneFirst,
    /// It would not be read any more, or mean something else.
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

    pub(super) fn alone_first(what: impl Into<String>) -> Self {
        Self::new(Verdict::AloneFirst, what)
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
