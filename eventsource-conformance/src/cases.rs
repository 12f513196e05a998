//! The list of a suite's cases, from which everything else about them follows.

/// Makes a suite of its cases, listed by the modules that they stand in: re-exports them for the tests
/// that the suite's macro writes, and defines that macro. A case that is not listed is dead code, which
/// the compiler reports.
///
/// The `$` is passed because the macro that is defined needs one of its own.
macro_rules! cases {
    (
        $(#[$doc:meta])*
        ($dollar:tt) $tests:ident of $suite:ident
        $($module:ident { $($case:ident)+ })+
    ) => {
        $(
            #[doc(hidden)]
            pub use $module::{$($case),+};
        )+

        $(#[$doc])*
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $tests {
            ($dollar open:expr) => {
                $($(
                    #[test]
                    fn $case() {
                        $dollar crate::run(async {
                            let (store, _guard) = $dollar open.await;
                            let store = ::std::sync::Arc::new(store);
                            $dollar crate::$suite::$case(store).await;
                        });
                    }
                )+)+
            };
        }
    };
}
