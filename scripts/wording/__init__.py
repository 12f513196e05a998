"""Names and phrases that readers cannot search for, counted for each file."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from layering.tokens import all_tokens

FOLDER = Path(__file__).resolve().parent
# Written from other files, or with what was true once.
LEFT_OUT = {"CHANGELOG.md", "eventsource-core/src/compiler_errors.md"}
GENERATED = "examples/catalogue/"
OPENINGS = {"What", "That", "Who", "Where"}


@dataclass(frozen=True)
class Finding:
    """A name or a phrase, where it stands, and what to write."""

    file: str
    line: int
    found: str
    instead: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.found}: {self.instead}"


@dataclass(frozen=True)
class Name:
    """An identifier, or a module with `.rs`, that may not stand in some folders."""

    text: str
    folders: tuple
    instead: str

    def covers(self, file):
        return any(file == f"{folder}.rs" or file.startswith(f"{folder}/") for folder in self.folders)


class Dialect:
    """The names and the phrases of the two lists."""

    def __init__(self, names, phrases):
        self.names = [
            Name(text, tuple(folders.split()), instead)
            for texts, folders, instead in names
            for text in texts.split()
        ]
        self.phrases = {phrase: instead for phrase, instead in phrases}
        words = (r"\s+".join(map(re.escape, phrase.split())) for phrase in self.phrases)
        self.pattern = re.compile(rf"\b(?:{'|'.join(words)})\b", re.I) if self.phrases else re.compile(r"(?!)")

    @classmethod
    def kept(cls):
        return cls(rows(FOLDER / "names.txt"), rows(FOLDER / "phrases.txt"))

    def findings(self, file, text):
        """What stands in a file, in the order of its lines."""
        found = self.in_rust(file, text) if file.endswith(".rs") else self.in_prose(file, 1, text)
        return sorted(found, key=lambda finding: finding.line)

    def in_rust(self, file, text):
        names = {name.text: name for name in self.names if name.covers(file)}
        tokens = all_tokens(text)
        found, before = [], ""
        for token in tokens:
            if token.kind == "name":
                said = [token.text, f"{token.text}.rs"] if before == "mod" else [token.text]
                found += [Finding(file, token.line, f"`{one}`", names[one].instead) for one in said if one in names]
                before = token.text
            elif token.kind == "text" and not is_test(file):
                found += self.in_prose(file, token.line, token.text)
        for line, prose, is_doc in blocks(tokens):
            found += self.in_prose(file, line, prose)
            opening = re.match(r"\s*(\w+)", prose)
            if is_doc and opening and opening[1] in OPENINGS:
                found.append(Finding(file, line, f"a doc that begins with “{opening[1]}”", "a noun or a verb first"))
        return found

    def in_prose(self, file, line, prose):
        found = []
        for match in self.pattern.finditer(prose):
            phrase, at = " ".join(match[0].split()), line + prose.count("\n", 0, match.start())
            found.append(Finding(file, at, f"“{phrase}”", self.phrases[phrase.lower()]))
        return found


def rows(file):
    """The rows of a list, without comments and empty lines."""
    lines = (line.strip() for line in file.read_text().splitlines())
    return [[column.strip() for column in line.split("|")] for line in lines if line and not line.startswith("#")]


def is_test(file):
    return "tests" in file.split("/")


def blocks(tokens):
    """The comments, with the line in which each begins and whether it is a doc. Lines of one kind that
    follow each other are one comment."""
    found, kind, next_line = [], None, 0
    for token in tokens:
        if token.kind != "comment":
            kind = None
            continue
        mark = re.match(r"//[/!]?(?!/)|/\*[*!]?|/+", token.text)[0]
        prose = token.text.removeprefix(mark).removesuffix("*/")
        if mark == kind and token.line == next_line and mark.startswith("//"):
            found[-1][1] += f"\n{prose}"
        else:
            found.append([token.line, prose, mark in ("///", "//!", "/**", "/*!")])
        kind, next_line = mark, token.line + token.text.count("\n") + 1
    return found


def looked_at(root):
    """The files of the repository that are looked at, new ones too."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.rs", "*.md"]
    files = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted(file for file in set(files) if file and not is_left_out(file) and is_plain(root / file))


def is_left_out(file):
    return file in LEFT_OUT or file.startswith(GENERATED) and file.endswith(".md")


def is_plain(path):
    """Whether a path is a file of its own; one that was removed is none, and a link is another file."""
    return path.is_file() and not path.is_symlink()


def survey(root, dialect):
    """The findings of each file that has some."""
    found = {file: dialect.findings(file, (root / file).read_text()) for file in looked_at(root)}
    return {file: findings for file, findings in found.items() if findings}


def compare(found, limits):
    """What breaks the limits: files with more findings than their number, with the findings, and files
    whose number is too high."""
    faults = []
    for file in sorted(found.keys() | limits.keys()):
        count, limit = len(found.get(file, ())), limits.get(file, 0)
        if count > limit:
            faults.append(f"{file}: {count} findings, {limit} are left from before")
            faults += [f"    {finding}" for finding in found[file]]
        elif count < limit:
            faults.append(f"{file}: {count} findings, but its number is {limit}; `scripts/dialect --update` lowers it")
    return faults


def lowered(found, limits):
    """The limits that hold from now on: none is higher than before."""
    counts = {file: min(limit, len(found.get(file, ()))) for file, limit in limits.items()}
    return {file: count for file, count in counts.items() if count}
