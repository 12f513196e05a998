//! The surroundings that generated code has to work in, with what it says of itself.

#[rustversion::attr(not(stable(1.95)), ignore = "the lints are those of rustc 1.95")]
#[test]
fn pass() {
    trybuild::TestCases::new().pass("../pass/*.rs");
}
