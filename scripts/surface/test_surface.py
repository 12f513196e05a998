"""A crate with every kind of item, and what is changed in it."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from .build import FLAGS, RUSTDOC, load
from .examples import coverage
from .lines import surface

CRATE = """
pub mod sales {
    pub use order::Order;
    mod order {
        pub struct Order { pub id: u64, total: u32 }
        impl Order {
            pub const MAX: usize = 7;
            pub fn new(id: u64, names: impl IntoIterator<Item = String>) -> Self { drop(names); Self { id, total: 0 } }
            pub async fn send(&mut self) -> Result<(), std::fmt::Error> { Ok(()) }
            fn internal(&self) {}
            #[doc(hidden)]
            pub fn generated(&self) {}
        }
        pub struct NotShown;
        impl Clone for NotShown { fn clone(&self) -> Self { Self } }
    }
    pub struct Pair<A, B = u8>(pub A, B) where B: Copy;
    impl<A: Clone, B: Copy> Pair<A, B> { pub fn first(&self) -> A { self.0.clone() } }
}
pub use sales::Order;
pub use std::collections::BTreeMap as Map;
pub use sales::*;
#[doc(hidden)]
pub mod __private { pub struct Generated; pub trait Sealed {} }
#[non_exhaustive]
pub enum Payment { Cash, Card(String, u8), Later { days: u32 } }
pub trait Store<K>: Send where K: Ord {
    type Row: Clone;
    type Page<'a> where Self: 'a;
    const NAME: &'static str;
    const SIZE: usize = 1 << 4;
    fn read(&self, key: &K) -> Option<Self::Row>;
    fn read_all(&self, f: &mut (dyn FnMut(Self::Row) + Send)) -> bool { let _ = f; true }
    #[doc(hidden)]
    fn generated(&self) {}
}
pub trait Boxed { fn next(&self) -> [u8; 4]; }
impl Boxed for (u8, str_alias) { fn next(&self) -> [u8; 4] { [0; 4] } }
#[allow(non_camel_case_types)] pub type str_alias = &'static str;
impl __private::Sealed for Payment {}
impl Iterator for Payment { type Item = u8; fn next(&mut self) -> Option<u8> { None } }
pub struct Local(std::rc::Rc<u8>);
pub const fn apply<F, const N: usize>(f: F) -> impl Fn(&str) -> [u8; N] + use<F, N> where F: for<'a> Fn(&'a str) -> [u8; N] { f }
pub const LIMIT: u32 = 3;
#[macro_export]
macro_rules! check { ($e:expr) => { $crate::check!(@one $e) }; (@one $e:expr) => { $e }; }
"""



def read(source):
    """The crate of a source text."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sample.rs"
        file.write_text(source)
        command = [RUSTDOC, "--edition", "2024", "--crate-name", "sample", "-o", folder, *FLAGS.split(), file]
        subprocess.run(command, check=True, env=os.environ, stderr=subprocess.PIPE)
        return load(Path(folder) / "sample.json")


class Lines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lines = surface(read(CRATE))

    def shown(self, *lines):
        self.assertEqual(set(lines) - set(self.lines), set(), "\n".join(self.lines))

    def test_items_are_listed_by_the_path_that_owns_them_and_exported_by_the_others(self):
        self.shown("pub struct crate::sales::Order { .. }", "pub use crate::Order = crate::sales::Order")
        self.shown("pub use crate::Pair = crate::sales::Pair", "pub use crate::Map = alloc::collections::btree::map::BTreeMap")

    def test_functions_have_their_whole_signature(self):
        self.shown(
            "pub fn crate::sales::Order::new(id: u64, names: impl IntoIterator<Item = String>) -> Self",
            "pub async fn crate::sales::Order::send(&mut self) -> Result<(), std::fmt::Error>",
            "pub fn crate::sales::Pair::first(&self) -> A in impl<A: Clone, B: Copy> crate::sales::Pair<A, B>",
            "pub const fn crate::apply<F, const N: usize>(f: F) -> impl Fn(&str) -> [u8; N] + use<F, N>"
            " where F: for<'a> Fn(&'a str) -> [u8; N]",
        )

    def test_types_have_their_fields_variants_and_constants(self):
        self.shown(
            "pub crate::sales::Order::id: u64",
            "pub const crate::sales::Order::MAX: usize = 7",
            "pub struct crate::sales::Pair<A, B = u8>(pub A, _) where B: Copy",
            "#[non_exhaustive] pub enum crate::Payment",
            "variant crate::Payment::Cash",
            "variant crate::Payment::Card(String, u8)",
            "variant crate::Payment::Later {}",
            "pub crate::Payment::Later::days: u32",
            "pub const crate::LIMIT: u32 = 3u32",
            "pub type crate::str_alias = &'static str",
        )

    def test_traits_say_what_is_required_and_what_is_provided(self):
        self.shown(
            "pub trait crate::Store<K>: Send where K: Ord",
            "pub trait crate::Boxed // dyn-compatible",
            "required type crate::Store::Row: Clone",
            "required type crate::Store::Page<'a> where Self: 'a",
            "required const crate::Store::NAME: &'static str",
            "required fn crate::Store::read(&self, key: &K) -> Option<Self::Row>",
            "provided fn crate::Store::read_all(&self, f: &mut (dyn FnMut(Self::Row) + Send)) -> bool",
        )
        self.assertTrue(any(line.startswith("provided const crate::Store::SIZE: usize") for line in self.lines))

    def test_implementations_are_listed(self):
        self.shown(
            "impl Iterator for crate::Payment { type Item = u8 }",
            "impl crate::Boxed for (u8, crate::str_alias)",
            "impl !Send for crate::Local",
        )

    def test_macros_are_listed_without_the_rules_for_themselves(self):
        self.shown("pub macro crate::check! { ($e:expr) => { ... }; }")

    def test_private_and_hidden_items_are_not_listed(self):
        for name in ("internal", "generated", "__private", "Sealed", "Generated", "NotShown", "order::", "total"):
            self.assertFalse([line for line in self.lines if name in line], name)

    def test_a_changed_parameter_changes_one_line(self):
        changed = surface(read(CRATE.replace("key: &K)", "key: K)")))
        self.assertEqual(
            set(changed) - set(self.lines),
            {"required fn crate::Store::read(&self, key: K) -> Option<Self::Row>"},
        )

    def test_the_order_of_the_source_makes_no_difference(self):
        moved = CRATE.replace("pub const LIMIT: u32 = 3;", "")
        self.assertEqual(surface(read("pub const LIMIT: u32 = 3;" + moved)), self.lines)


EXAMPLES = """
pub mod sales {
    //! ```
    //! let order = sample::sales::Order;
    //! ```
    //!
    //! ```no_run
    //! let unsold = sample::sales::Unsold;
    //! ```

    /// See the [module](self).
    pub struct Order;
    /// No link.
    pub struct Orders;
    /// See the [module](self).
    pub struct Orde;
    /// See the [module](self).
    pub struct Unsold;
}
/// ```rust,should_panic
/// panic!();
/// ```
pub fn with_example() {}
/// ```ignore
/// with();
/// ```
/// ```text
/// with();
/// ```
/// ```compile_fail
/// with();
/// ```
pub fn without() {}
/// ~~~
/// let _ = 1;
/// ~~~
pub trait Tilde { /** ```
    let method = 1;
    ``` */ fn method(&self); }
pub enum Empty {}
impl Empty {
    /// ```
    /// let method = 1;
    /// ```
    pub fn method(&self) {}
}
"""


class Examples(unittest.TestCase):
    def test_an_example_counts_if_it_is_run_and_linked(self):
        with_, without = coverage(read(EXAMPLES))
        self.assertEqual(with_, ["Tilde", "sales::Order", "with_example"])
        self.assertEqual(without, ["Empty", "sales::Orde", "sales::Orders", "sales::Unsold", "without"])


if __name__ == "__main__":
    unittest.main()
