"""Names and phrases that are found, and the same ones where they may stand."""

import unittest

from . import Dialect, compare, lowered

DIALECT = Dialect(
    [("Held turns", "core/src/repository core/src/runner", "StreamLockGuard"), ("told begun.rs", "tests", "recorded")],
    [("whoever", "the actor"), ("is told", "receives")],
)


class Findings(unittest.TestCase):
    def found(self, text, file="core/src/repository/lock.rs"):
        return [(finding.line, finding.found) for finding in DIALECT.findings(file, text)]

    def test_a_name_is_found_in_its_folders(self):
        self.assertEqual(self.found("struct A;\nstruct Held;"), [(2, "`Held`")])
        self.assertEqual(self.found("mod turns;", "core/src/runner.rs"), [(1, "`turns`")])
        self.assertEqual(self.found("struct Held;", "core/src/engine/lock.rs"), [])
        self.assertEqual(self.found("struct Held;", "core/src/repository_of/lock.rs"), [])

    def test_a_name_is_a_whole_identifier(self):
        self.assertEqual(self.found("struct HeldBack; let held = in_turns + turns_;"), [])
        self.assertEqual(self.found("let r#turns = self.turns.turns();"), [(1, "`turns`")] * 3)

    def test_a_module_is_found_where_it_is_declared(self):
        self.assertEqual(self.found("pub(crate) mod begun;\nlet begun = begun::begun;", "tests/a.rs"), [(1, "`begun.rs`")])

    def test_words_in_texts_and_comments_are_no_names(self):
        self.assertEqual(self.found("""f("Held", r#"turns " Held"#, 'H'); // Held turns\n/* Held */"""), [])

    def test_a_phrase_is_found_in_comments_docs_and_texts(self):
        code = '/// For whoever asks.\nfn f() {}\n// It is told.\n/* Whoever */ const E: &str = "whoever waits";'
        self.assertEqual(
            self.found(code), [(1, "“whoever”"), (3, "“is told”"), (4, "“whoever”"), (4, "“Whoever”")]
        )

    def test_a_phrase_goes_on_in_the_next_line(self):
        self.assertEqual(self.found("//! a\n//! runner is\n//! told of it"), [(2, "“is told”")])
        self.assertEqual(self.found("// what is\nfn told() {}"), [])

    def test_a_phrase_is_whole_words(self):
        self.assertEqual(self.found("// this told, is toldly, whoevers"), [])

    def test_the_texts_of_tests_are_not_looked_at_but_their_comments_are(self):
        code = 'let a = "whoever"; // whoever'
        self.assertEqual(self.found(code, "core/tests/all.rs"), [(1, "“whoever”")])

    def test_a_doc_begins_with_a_noun_or_a_verb(self):
        code = "/// What a commit has.\nstruct A;\n/// A commit.\n/// What it has.\nstruct B;\n// Where it is.\n//! That it is.\n/// Whatever"
        self.assertEqual(
            self.found(code), [(1, "a doc that begins with “What”"), (7, "a doc that begins with “That”")]
        )

    def test_pages_have_phrases_and_no_names(self):
        self.assertEqual(self.found("# Held\n\nThe program is\ntold. What is there.", "docs/a.md"), [(3, "“is told”")])


class Limits(unittest.TestCase):
    FOUND = {"a.rs": DIALECT.findings("a.rs", "// whoever\n// whoever")}

    def test_a_number_that_is_right_is_no_fault(self):
        self.assertEqual(compare(self.FOUND, {"a.rs": 2}), [])

    def test_one_more_is_a_fault_and_is_shown(self):
        faults = compare(self.FOUND, {"a.rs": 1})
        self.assertEqual(faults[0], "a.rs: 2 findings, 1 are left from before")
        self.assertEqual(faults[1:], ["    a.rs:1: “whoever”: the actor", "    a.rs:2: “whoever”: the actor"])

    def test_one_in_a_file_without_a_number_is_a_fault(self):
        self.assertEqual(len(compare(self.FOUND, {})), 3)

    def test_a_number_that_is_too_high_is_a_fault(self):
        self.assertIn("its number is 3", compare(self.FOUND, {"a.rs": 3})[0])
        self.assertIn("its number is 1", compare({}, {"b.rs": 1})[0])

    def test_numbers_are_only_lowered(self):
        self.assertEqual(lowered(self.FOUND, {"a.rs": 1, "b.rs": 4}), {"a.rs": 1})
        self.assertEqual(lowered(self.FOUND, {"a.rs": 3}), {"a.rs": 2})
        self.assertEqual(lowered(self.FOUND, {}), {})


if __name__ == "__main__":
    unittest.main()
