"""Keep finished work on disk, named by its digest."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qslc.output import write_file


@dataclass(frozen=True, slots=True)
class Store:
    """Values by key, each in a file of its own in ``folder``; before them, ``packed`` ones."""

    folder: Path
    packed: Mapping[str, Any] = field(default_factory=dict)

    def get(self, key: str) -> Any | None:
        """Return the value, or None if it is not there, or damaged: it is then made again."""
        try:
            return json.loads((self.folder / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return self.packed.get(key)

    def read_all(self) -> dict[str, Any]:
        """Return every value that has a file and is not damaged, by its key."""
        keys = (path.stem for path in self.folder.glob("[!.]*.json"))
        values = {key: self.get(key) for key in keys}
        return {key: value for key, value in values.items() if value is not None}

    def put(self, key: str, value: Any) -> None:
        """Write a value so that a kill at any moment leaves the old one or the new one."""
        write_file(self.folder / f"{key}.json", json.dumps(value, ensure_ascii=False) + "\n")


_FOLDERS = (".", "runs", "scores", "data", "base", "layers")
_UNFINISHED = re.compile(
    r"\.(study\.(json|csv|md|html|svg)|records\.jsonl\.xz|\.lock\.json|[0-9a-f]{16}(\.json)?)\.(qslc-)?[a-z0-9_]{8}"
)
"""The names of files and folders of a study before they are whole."""


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed process left half-written in a study's folder.

    Nothing else may be at work there.
    """
    for place in _FOLDERS:
        for path in (folder / place).glob(".*"):
            if not _UNFINISHED.fullmatch(path.name):
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def compute_digest(value: Any) -> str:
    """Return 16 hexadecimal digits that depend on a JSON value, not on the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digest_folder(folder: Path) -> str:
    """Return 16 hexadecimal digits that depend on the names and contents of a folder's files."""
    names = sorted(path for path in folder.rglob("*") if path.is_file())
    files = ((str(path.relative_to(folder)), _sha256(path)) for path in names)
    return compute_digest(list(files))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
