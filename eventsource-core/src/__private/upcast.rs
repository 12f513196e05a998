//! The step from one version of an event to the next.

/// That an earlier version becomes this one. It is `From`, with a message of its own where that is
/// missing.
#[diagnostic::on_unimplemented(
    message = "nothing says how `{Old}` becomes `{Self}`",
    label = "no `impl From<{Old}> for {Self}`",
    note = "what is stored in the earlier version is read as today's by this:\n\
            impl From<{Old}> for {Self} {{\n    \
                fn from(old: {Old}) -> Self {{ .. }}\n\
            }}"
)]
pub trait Upcast<Old> {
    /// Today's version of `old`.
    fn upcast(old: Old) -> Self;
}

#[diagnostic::do_not_recommend]
impl<Old, New: From<Old>> Upcast<Old> for New {
    fn upcast(old: Old) -> Self {
        Self::from(old)
    }
}
