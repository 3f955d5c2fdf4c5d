"""Digests of JSON values: what decides a run's numbers names its record."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


def digest(value: Any) -> str:
    """16 hexadecimal digits that depend on the value and not on the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def folder_digest(folder: Path) -> str:
    """16 hexadecimal digits of the names and contents of a folder's files."""
    names = sorted(path for path in folder.rglob("*") if path.is_file())
    files = ((str(path.relative_to(folder)), _sha256(path)) for path in names)
    return digest(list(files))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
