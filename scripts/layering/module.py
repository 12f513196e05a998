"""Modules of a crate: what they define, import and name."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from .tokens import tokens

ITEMS = {"struct", "enum", "trait", "fn", "const", "static", "type", "union"}
ROOTS = {"crate", "super", "self"}
TEST = re.compile(r"#\[cfg\((test|doc)\)\]")


@dataclass(eq=False)
class Module:
    """A module, in a file of its own or in braces."""

    path: tuple
    file: Path
    parent: "Module | None" = None
    is_test: bool = False
    items: set = field(default_factory=set)
    children: dict = field(default_factory=dict)
    uses: list = field(default_factory=list)
    paths: list = field(default_factory=list)


@dataclass
class Use:
    """A name that a `use` brings."""

    path: list
    alias: str | None
    is_exported: bool
    line: int

    @property
    def name(self):
        if self.alias:
            return self.alias
        return self.path[-2] if self.path[-1] == "self" and len(self.path) > 1 else self.path[-1]


def load(file, path=(), parent=None, is_test=False):
    """A module with all modules below it."""
    module = Module(path, file, parent, is_test)
    Reader(file, module).run()
    return module


class Reader:
    """Reads a file from one token to the next."""

    def __init__(self, file, module):
        self.tokens = tokens(file.read_text())
        self.at = 0
        self.module = module
        self.file = file

    def text(self, ahead=0):
        at = self.at + ahead
        return self.tokens[at].text if at < len(self.tokens) else ""

    def run(self):
        scopes, attributes, exported = [], "", False
        while self.at < len(self.tokens):
            text, is_name = self.text(), self.tokens[self.at].kind == "name"
            in_module = all(scope is not None for scope in scopes)
            if text == "#" and self.text(1) == "[":
                attributes += self.group()
            elif is_name and text == "pub":
                exported = True
                self.at += 1
                if self.text() == "(":
                    self.group()
            elif is_name and text == "use" and self.text(1) != "<":
                self.use(exported)
                attributes, exported = "", False
            elif is_name and text == "mod" and self.text(2) in (";", "{") and in_module:
                inner = self.declare(TEST.search(attributes) is not None)
                if inner:
                    scopes.append(self.module)
                    self.module = inner
                attributes, exported = "", False
            elif is_name and text == "macro_rules":
                self.module.items.add(self.text(2))
                self.at += 3
            elif is_name and text in ITEMS and in_module and self.text(1) not in ("fn", "unsafe", "async"):
                if self.at == 0 or self.text(-1) not in ("<", ","):
                    self.module.items.add(self.text(1))
                attributes, exported = "", False
                self.at += 2
            elif is_name and self.text(1) == "::" and self.text(-1) not in ("::", "."):
                self.path()
            else:
                if text == "{":
                    scopes.append(None)
                elif text == "}":
                    self.module = scopes.pop() or self.module
                if text in ("{", "}", ";"):
                    attributes, exported = "", False
                self.at += 1

    def group(self):
        """Everything from a bracket to the one that closes it, or from an attribute's mark on."""
        start, depth = self.at, 0
        while True:
            text = self.text()
            self.at += 1
            depth += (text in "([{") - (text in ")]}")
            if depth == 0 and text in ")]}":
                return "".join(token.text for token in self.tokens[start : self.at])

    def declare(self, is_test):
        """A module below this one; answers it if it stands in braces."""
        name, is_inline = self.text(1), self.text(2) == "{"
        self.at += 3
        path = (*self.module.path, name)
        is_test = is_test or self.module.is_test
        if is_inline:
            child = Module(path, self.file, self.module, is_test)
        else:
            file = self.folder() / f"{name}.rs"
            if not file.exists():
                return None
            child = load(file, path, self.module, is_test)
        self.module.children[name] = child
        return child if is_inline else None

    def folder(self):
        is_root = self.file.name in ("lib.rs", "main.rs")
        return self.file.parent if is_root else self.file.with_suffix("")

    def use(self, exported):
        line = self.tokens[self.at].line
        self.at += 1
        for path, alias in self.tree([]):
            self.module.uses.append(Use(path, alias, exported, line))

    def tree(self, before):
        path = list(before)
        while True:
            if self.text() == "{":
                return self.branches(path)
            path.append(self.text())
            self.at += 1
            if self.text() != "::":
                break
            self.at += 1
        alias = None
        if self.text() == "as":
            alias = self.text(1)
            self.at += 2
        return [(path, alias)]

    def branches(self, path):
        found = []
        self.at += 1
        while self.text() != "}":
            found += self.tree(path)
            if self.text() == ",":
                self.at += 1
        self.at += 1
        return found

    def path(self):
        line, path = self.tokens[self.at].line, [self.text()]
        self.at += 1
        while self.text() == "::" and self.tokens[self.at + 1].kind == "name":
            path.append(self.text(1))
            self.at += 2
        self.module.paths.append((path, line))
        if self.text() == "::":
            self.at += 1
