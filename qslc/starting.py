"""Write a commented spec to start from, and the schema by which editors complete it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from qslc.diagnostics import Diagnostic, InputError
from qslc.output import write_file
from qslc.spec.model import schema
from qslc.templates import render

SCHEMA = "qslc.schema.json"
"""Name of the file of the schema."""


def write_spec(path: Path) -> tuple[Path, Path]:
    """Write a spec with a comment for every key, and beside it the JSON Schema of specs.

    Args:
        path: A file that does not exist; its stem becomes the name of the layer.

    Returns:
        The spec and the schema.

    Raises:
        InputError: The file exists, or cannot be written.
    """
    if path.exists():
        raise InputError(Diagnostic(f"{path} exists", help="name a file that does not exist yet"))
    if path.suffix not in (".yaml", ".yml"):
        advice = f"name it {path.with_suffix('.yaml')}"
        raise InputError(Diagnostic(f"{path} does not end in .yaml", help=advice))
    place = path.with_name(SCHEMA)
    write_file(place, json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
    write_file(
        path, render("spec.yaml.jinja", schema=SCHEMA, name=_make_name(path), file=path.name)
    )
    return path, place


def _make_name(path: Path) -> str:
    """Return a name of a layer that is like that of a file."""
    words = re.sub(r"[^a-z0-9_]+", "_", path.stem.lower()).strip("_")
    return words[:64] if re.match("[a-z]", words) else f"layer_{words}"[:64].rstrip("_")
