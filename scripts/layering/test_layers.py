"""A tree that breaks each limit, and one that breaks none."""

import tempfile
import unittest
from pathlib import Path

from . import check

LAYERS = [["values", "future"], ["store"], ["event"]]

SOUND = {
    "lib.rs": "mod event; mod future; mod store; mod values; pub use store::Commit;",
    "values.rs": "mod id; pub use id::Id;",
    "values/id.rs": "pub struct Id;",
    "future.rs": "use crate::values::Id; pub struct Started(Id);",
    "store.rs": "mod commit; mod page; pub use commit::Commit; pub(crate) use page::Page;",
    "store/commit.rs": "use super::page::Page; use crate::values::Id; pub struct Commit(Id, Page);",
    "store/page.rs": "use super::Commit; pub(crate) struct Page(Vec<Commit>);",
    "event.rs": "use crate::store::Commit; pub struct Event(Commit);\n"
    "#[cfg(test)] mod tests { use super::*; }",
}


class Layers(unittest.TestCase):
    def faults(self, **changed):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (SOUND | changed).items():
                file = Path(folder) / name
                file.parent.mkdir(exist_ok=True)
                file.write_text(text)
            return check(Path(folder), LAYERS)

    def one(self, **changed):
        faults = self.faults(**changed)
        self.assertEqual(len(faults), 1, faults)
        return faults[0]

    def test_a_sound_tree_has_no_faults(self):
        self.assertEqual(self.faults(), [])

    def test_an_import_against_the_order_is_a_fault(self):
        changed = {
            "event.rs": "pub struct Event;",
            "store/page.rs": "// use crate::other::Other;\nuse crate::event::Event; pub(crate) struct Page;",
        }
        fault = self.one(**changed)
        self.assertEqual(fault, "against the order, from `store` to `event`: page.rs:2 `crate::event::Event`")

    def test_an_import_to_the_right_within_a_layer_is_a_fault(self):
        changed = {"values/id.rs": "use crate::future::Started; pub struct Id;", "future.rs": "pub struct Started;"}
        self.assertIn("from `values` to `future`: id.rs:1", self.one(**changed))

    def test_an_import_of_the_tests_is_none(self):
        tests = "pub struct Id;\n#[cfg(test)]\nmod tests { use crate::event::Event; }"
        self.assertEqual(self.faults(**{"values/id.rs": tests}), [])

    def test_a_path_in_the_code_is_an_import(self):
        code = "pub struct Id;\nfn f() -> crate::store::Commit { todo!() }"
        faults = self.faults(**{"values/id.rs": code})
        self.assertTrue(any("against the order" in fault and "id.rs:2" in fault for fault in faults))

    def test_a_circle_of_three_modules_is_a_fault(self):
        changed = {
            "store.rs": "mod commit; mod page; mod read; pub use commit::Commit;",
            "store/page.rs": "use super::read::Read; pub struct Page(Read);",
            "store/read.rs": "use super::commit::Commit; pub struct Read(Commit);",
        }
        fault = self.one(**changed)
        self.assertIn("a circle of 3 modules: store::commit, store::page, store::read", fault)
        self.assertIn("store::read -> store::commit: read.rs:1 `super::commit::Commit`", fault)

    def test_a_circle_of_folders_is_a_fault(self):
        changed = {
            "future.rs": "mod a; mod b;",
            "future/a.rs": "use crate::values::Id;",
            "future/b.rs": "pub struct B;",
            "values.rs": "mod id; mod name; pub use id::Id;",
            "values/name.rs": "use crate::future::b::B;",
        }
        faults = self.faults(**changed)
        self.assertTrue(any("a circle of folders: future, values" in fault for fault in faults), faults)

    def test_a_folder_without_a_layer_is_a_fault(self):
        changed = {"lib.rs": SOUND["lib.rs"] + " mod other;", "other.rs": "use crate::values::Id;"}
        self.assertEqual(self.one(**changed), "`other` stands in no layer")

    def test_an_import_through_the_root_is_a_fault(self):
        fault = self.one(**{"event.rs": "use crate::Commit;"})
        self.assertIn("`crate::Commit` leads through the root; name the owner, `store::commit`", fault)


if __name__ == "__main__":
    unittest.main()
