"""Which public items have an example that a test runs."""

import re

from .crate import kind_of

COUNTED = {"struct", "enum", "union", "trait", "type_alias", "function", "macro", "proc_macro"}
FENCE = re.compile(r"^ *(```+|~~~+)([^\n`]*)\n(.*?)^ *\1 *$", re.M | re.S)
# With these a block is not run, or not expected to go through.
NOT_RUN = {"ignore", "no_run", "compile_fail", "text"}
RUST = {"rust", "should_panic", "standalone_crate", "test_harness", "allow_fail", "custom"}


def coverage(crate):
    """The items with an example and those without, by their paths."""
    with_, without = [], []
    modules = {id: examples(crate.index[id]) for id in crate.public if kind_of(crate.index[id]) == "module"}
    for id, path in crate.public.items():
        item = crate.index[id]
        if kind_of(item) in COUNTED:
            has_one = examples(item) or is_in_linked(item, crate.paths[id][0][-1], modules)
            (with_ if has_one else without).append("::".join(path))
    return sorted(with_), sorted(without)


def is_in_linked(item, name, modules):
    """Whether the docs link to a module with an example in which the item is named."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    linked = [modules[id] for id in item["links"].values() if id in modules]
    return any(word.search(example) for examples in linked for example in examples)


def examples(item):
    """The code of the examples in an item's docs that a test runs."""
    return [code for _, words, code in FENCE.findall((item["docs"] or "") + "\n") if is_run(words)]


def is_run(words):
    found = set(re.split(r"[\s,{}]+", words.strip())) - {""}
    is_rust = all(word in RUST | NOT_RUN or word.startswith(("edition", "ignore-")) for word in found)
    is_skipped = any(word in NOT_RUN or word.startswith("ignore-") for word in found)
    return is_rust and not is_skipped
