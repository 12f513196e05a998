"""Rust's tokens, as far as the checks need them: nothing inside comments and texts."""

import re
from typing import NamedTuple

TOKEN = re.compile(
    r"""
      (?P<comment>//[^\n]*|/\*.*?\*/)
    | (?P<text>b?c?r(?P<hashes>\#*)".*?"(?P=hashes)|b?c?"(?:\\.|[^"\\])*")
    | (?P<char>b?'(?:\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|.)|[^\\'])')
    | (?P<lifetime>'[A-Za-z_]\w*)
    | (?P<name>r\#[A-Za-z_]\w*|\$crate|[A-Za-z_]\w*)
    | (?P<number>\d\w*)
    | (?P<mark>::|->|=>|[^\s\w])
    """,
    re.X | re.S,
)


class Token(NamedTuple):
    """A token, and in which line it stands."""

    kind: str
    text: str
    line: int


def tokens(source):
    """The tokens of a source file without its comments."""
    return [token for token in all_tokens(source) if token.kind != "comment"]


def all_tokens(source):
    """The tokens and the comments of a source file."""
    found, line, at = [], 1, 0
    for match in TOKEN.finditer(source):
        line += source.count("\n", at, match.start())
        at = match.start()
        kind = next(k for k in ("comment", "text", "char", "lifetime", "name", "number", "mark") if match[k])
        found.append(Token(kind, match[0].removeprefix("r#"), line))
    return found
