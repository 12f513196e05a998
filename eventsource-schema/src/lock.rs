//! The lock: a test that stored events stay readable.

mod aggregates;
mod change;
mod diff;
mod events;
mod file;
mod reactors;
mod report;
mod shape_diff;
mod test;

#[cfg(test)]
mod tests;

use crate::program::Located;

pub use test::LockTest;

#[doc = include_str!("lock.md")]
#[macro_export]
#[doc(alias("compatibility", "schema evolution", "schema registry"))]
macro_rules! lock {
    ($file:expr $(, crates($($krate:ident),+ $(,)?))? $(,)?) => {
        $crate::lock! { @test $file, false, [$($([$krate])+)?] }
    };
    ($file:expr, modules($($krate:ident $(:: $module:ident)*),+ $(,)?) $(,)?) => {
        $crate::lock! { @test $file, true, [$([$krate $($module)*])+] }
    };
    (@test $file:expr, $alone:literal, [$([$krate:ident $($module:ident)*])*]) => {
        // A crate that is never named is not linked.
        $(
            #[allow(unused_imports)]
            use $krate as _;
        )*

        /// Compares the events of the program with the lock.
        #[::core::prelude::v1::test]
        fn events_are_as_locked() {
            $crate::__private::LockTest {
                file: ::std::convert::AsRef::<::std::path::Path>::as_ref(&$file),
                folder: ::core::env!("CARGO_MANIFEST_DIR"),
                package: ::core::env!("CARGO_PKG_NAME"),
                modules: &[$(
                    ::core::concat!(::core::stringify!($krate) $(, "::", ::core::stringify!($module))*)
                ),*],
                alone: $alone,
            }
            .run();
        }
    };
}

/// The paths of items in the code.
fn paths<T>(located: &[Located<T>]) -> String {
    let paths: Vec<_> = located.iter().map(Located::path).collect();
    paths.join(" and ")
}
