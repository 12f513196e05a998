//! The list of a suite's cases, from which everything else about them follows.

/// Makes a suite of its cases, listed by the modules that they stand in: their list, `run`, which goes
/// through it, and the macro that writes a test for each. A case that is not listed is dead code, which
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

        /// Runs all cases, each on a new bed, and tells how they ended: for tests of the suite itself,
        /// and of stores of which some cases are known to fail. A store has its tests from the macro of
        /// the suite.
        ///
        /// [Example](crate#example).
        pub fn run<B: TestBed>(new: impl Fn() -> B) -> $crate::Report {
            $crate::case::run_all(CASES, || <$bed>::new(new()))
        }

        /// Runs one case: what the macro calls.
        ///
        /// # Panics
        ///
        /// When the case fails.
        #[doc(hidden)]
        pub fn test<B: TestBed>(name: &str, new: impl Fn() -> B) {
            $crate::case::test(CASES, name, || <$bed>::new(new()));
        }

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
