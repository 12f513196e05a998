//! Sample values of a type whose shape cannot be determined from the type.

/// The return type of a `sample` function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of samples of `{A}`",
    label = "not an array or a `Vec` of `{A}`",
    note = "samples show what may be stored:\n\
            fn sample() -> [{A}; 1] {{ [..] }}"
)]
pub trait Sample<A> {
    /// The values.
    fn values(self) -> Vec<A>;
}

#[diagnostic::do_not_recommend]
impl<A, S: IntoIterator<Item = A>> Sample<A> for S {
    fn values(self) -> Vec<A> {
        self.into_iter().collect()
    }
}

/// An event, or a set of them, with a `sample` function.
pub trait Samples: Sized {
    /// The sample values.
    fn samples() -> Vec<Self>;
}
