//! The list of a suite's cases, from which everything else about them follows.

/// Makes a suite of its cases, listed by the modules that they stand in: their list, which `run` goes
/// through, and the macro that writes a test for each. A case that is not listed is dead code, which
/// the compiler reports.
///
/// The `$` is passed because the macro that is defined needs one of its own.
macro_rules! cases {
    (
        $(#[$doc:meta])*
        ($dollar:tt) $tests:ident of $suite:ident on $bed:ty;
        $($module:ident { $($case:ident)+ })+
    ) => {
        const CASES: &[$crate::case::Case<$bed>] = &[$($(
            $crate::case::Case {
                name: stringify!($case),
                run: |bed| $crate::case::start(bed, $module::$case),
            },
        )+)+];

        $(#[$doc])*
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $tests {
            ($dollar bed:expr) => {
                $($(
                    #[test]
                    fn $case() {
                        $dollar crate::$suite::test(stringify!($case), || $dollar bed);
                    }
                )+)+
            };
        }
    };
}
