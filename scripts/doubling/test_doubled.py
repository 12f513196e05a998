"""Two crates with code in both, and what is no code."""

import tempfile
import unittest
from pathlib import Path

from . import doubled

CLAIM = """
pub(crate) fn claim(lease: &Lease) -> bool {
    let epoch = lease.epoch;
    let owner = lease.owner;
    let ttl = lease.ttl;
    check(epoch, owner, ttl)
}
"""


class Doubled(unittest.TestCase):
    def found(self, one, other):
        with tempfile.TemporaryDirectory() as folder:
            crates = []
            for name, text in (("one", one), ("other", other)):
                crate = Path(folder) / name
                crate.mkdir()
                (crate / "lib.rs").write_text(text)
                crates.append((crate,))
            return [(line, len(texts)) for _, line, texts in doubled(*crates)]

    def test_six_equal_lines_are_a_block(self):
        self.assertEqual(self.found(CLAIM, CLAIM), [(2, 6)])

    def test_five_equal_lines_are_none(self):
        self.assertEqual(self.found(CLAIM, CLAIM.replace("check", "ask")), [])

    def test_comments_spaces_visibility_and_imports_make_no_difference(self):
        other = CLAIM.replace("pub(crate) ", "").replace("let ttl", "// for others\n\n    let  ttl")
        other = other.replace("    check", "    use crate::check;\n    check")
        self.assertEqual(self.found(CLAIM, other), [(2, 6)])

    def test_a_block_of_more_lines_is_one(self):
        both = CLAIM + "const EPOCH: u64 = 1;\n"
        self.assertEqual(self.found(both, both), [(2, 7)])

    def test_each_place_counts(self):
        self.assertEqual(self.found(CLAIM + "const EPOCH: u64 = 1;\n" + CLAIM, CLAIM), [(2, 6), (10, 6)])

    def test_tests_are_not_looked_at(self):
        test = "#[cfg(test)]\nmod tests {" + CLAIM + "}\n"
        self.assertEqual(self.found(test, CLAIM), [])
        self.assertEqual(self.found(test + CLAIM, CLAIM), [(11, 6)])


if __name__ == "__main__":
    unittest.main()
