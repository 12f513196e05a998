//! What the compiler says when the macros are misused, and that it says nothing otherwise.

#[rustversion::attr(not(stable(1.95)), ignore = "the messages are those of rustc 1.95")]
#[test]
fn ui() {
    let t = trybuild::TestCases::new();
    t.compile_fail("ui/*/*.rs");
    t.pass("pass/*.rs");
}
