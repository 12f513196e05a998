"""Code that stands in two folders."""

from layering import walk
from layering.module import load
from layering.tokens import tokens

# A shorter block is a coincidence: a signature of a trait, a few brackets.
BLOCK = 6


def doubled(one, other):
    """The blocks of `one` that stand in `other` too, each as its file, its first line and its lines.

    A folder is given as the root of its crate and its path there.
    """
    known = set()
    for file in sources(*other):
        known.update(windows([text for _, text in lines(file.read_text())]))
    return [block for file in sources(*one) for block in blocks(file, known)]


def sources(crate, folder=""):
    """The files of a folder that are no tests."""
    files = {module.file for module in walk(load(crate / "lib.rs"))}
    return sorted(file for file in files if file.is_relative_to(crate / folder) or file == crate / f"{folder}.rs")


def windows(texts):
    return [tuple(texts[at : at + BLOCK]) for at in range(len(texts) - BLOCK + 1)]


def blocks(file, known):
    found = lines(file.read_text())
    texts = [text for _, text in found]
    equal = [False] * len(texts)
    for at, window in enumerate(windows(texts)):
        if window in known:
            equal[at : at + BLOCK] = [True] * BLOCK
    at = 0
    while at < len(texts):
        end = at
        while end < len(texts) and equal[end]:
            end += 1
        if end > at:
            yield file, found[at][0], texts[at:end]
        at = end + 1


def lines(source):
    """The lines of code with their numbers: one space between tokens, without comments, imports,
    visibility and tests."""
    by_line = {}
    for token in code(tokens(source)):
        by_line.setdefault(token.line, []).append(token.text)
    return [(line, " ".join(texts)) for line, texts in by_line.items()]


def code(found):
    at = 0
    while at < len(found):
        text = found[at].text
        if texts(found, at, 7) == "#[cfg(test)]":
            at = end_of_item(found, at + 7)
        elif text == "use" and (at == 0 or found[at - 1].text in (";", "}", "pub", ")", "]")):
            at = end_of_item(found, at)
        elif text == "pub":
            at = end_of_group(found, at + 1) if texts(found, at + 1, 1) == "(" else at + 1
        else:
            yield found[at]
            at += 1


def texts(found, at, count):
    return "".join(token.text for token in found[at : at + count])


def end_of_item(found, at):
    """Behind the semicolon of an item, or behind its braces."""
    is_use = found[at].text == "use"
    while at < len(found) and found[at].text != ";":
        if found[at].text == "{":
            at = end_of_group(found, at)
            if not is_use:
                return at
        else:
            at += 1
    return at + 1


def end_of_group(found, at):
    depth = 0
    while at < len(found):
        depth += (found[at].text in "([{") - (found[at].text in ")]}")
        at += 1
        if depth == 0:
            break
    return at
