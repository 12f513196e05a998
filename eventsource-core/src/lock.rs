//! What is stored has to stay readable.

#[cfg(feature = "schema")]
mod aggregates;
#[cfg(feature = "schema")]
mod change;
#[cfg(feature = "schema")]
mod compare;
#[cfg(feature = "schema")]
mod comparison;
#[cfg(feature = "schema")]
mod events;
#[cfg(feature = "schema")]
mod file;
#[cfg(feature = "schema")]
mod lookup;
#[cfg(feature = "schema")]
mod reactors;
#[cfg(feature = "schema")]
mod report;
#[cfg(feature = "schema")]
mod test;

#[cfg(all(test, feature = "schema"))]
mod tests;

#[cfg(feature = "schema")]
pub use test::LockTest;

#[doc = include_str!("lock.md")]
#[cfg(feature = "schema")]
#[macro_export]
macro_rules! lock {
    ($file:expr $(, crates($($krate:ident),+ $(,)?))? $(,)?) => {
        $crate::lock! { @test $file, false, [$($([$krate])+)?] }
    };
    ($file:expr, modules($($krate:ident $(:: $module:ident)*),+ $(,)?) $(,)?) => {
        $crate::lock! { @test $file, true, [$([$krate $($module)*])+] }
    };
    (@test $file:expr, $alone:literal, [$([$krate:ident $($module:ident)*])*]) => {
        // A crate that nobody names is not linked.
        $(
            #[allow(unused_imports)]
            use $krate as _;
        )*

        /// Compares what the program stores with what is locked of it.
        #[test]
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

/// Needs the feature `schema`.
#[cfg(not(feature = "schema"))]
#[macro_export]
macro_rules! lock {
    ($($any:tt)*) => {
        ::core::compile_error!(
            "`lock!` needs the feature `schema` of eventsource-core\nwrite it into Cargo.toml, below `[dev-dependencies]`:\neventsource-core = { version = \"0.1\", features = [\"schema\"] }"
        );
    };
}

/// Where items stand in the code.
#[cfg(feature = "schema")]
fn paths<T>(found: &[crate::schema::Found<T>]) -> String {
    let paths: Vec<_> = found.iter().map(crate::schema::Found::path).collect();
    paths.join(" and ")
}
