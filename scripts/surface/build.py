"""Rustdoc's JSON of the workspace."""

import json
import os
import subprocess
import sys
from pathlib import Path

from .crate import Crate

ROOT = Path(__file__).resolve().parent.parent.parent
RUSTDOC = Path(__file__).resolve().parent / "rustdoc"
FLAGS = "-Zunstable-options --output-format json"
# Of the toolchain in `rust-version`. Another one writes another format, and other items of std.
FORMAT = 57

PUBLISHED = [
    f"eventsource-{name}" for name in ("core", "derive", "schema", "shape", "conformance", "simulation", "sqlite")
]


def published():
    """The published crates by their names, documented anew where they changed."""
    # The whole workspace, since a selection has other features of the dependencies, which would be
    # checked anew for them.
    command = ["cargo", "doc", "--quiet", "--workspace", "--no-deps", "--all-features"]
    # The flags stand in the variable, where Cargo sees that they are not those of the last run.
    environment = os.environ | {"RUSTDOC": str(RUSTDOC), "RUSTDOCFLAGS": FLAGS}
    if subprocess.run(command, cwd=ROOT, env=environment).returncode:
        sys.exit("the crates cannot be documented")
    folder = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "doc"
    return {name: load(folder / f"{name.replace('-', '_')}.json") for name in PUBLISHED}


def load(file):
    """A crate from its JSON."""
    found = json.loads(file.read_text())
    if found["format_version"] != FORMAT:
        sys.exit(
            f"{file}: rustdoc's JSON has format {found['format_version']}, but {FORMAT} is read;"
            " use the toolchain of `rust-version`"
        )
    return Crate(found)
