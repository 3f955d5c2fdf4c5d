"""Keep finished work in a folder, where one process at a time is at work."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from qslc.diagnostics import Diagnostic, InputError
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

    def clear(self) -> None:
        """Remove every value that has a file."""
        for path in self.folder.glob("[!.]*.json"):
            path.unlink(missing_ok=True)


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
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digests = [hash_file(path) for path in files]
    names = [str(path.relative_to(folder)) for path in files]
    return compute_digest(list(zip(names, digests, strict=True)))


def digest_file(path: Path) -> str:
    """Return 16 hexadecimal digits that depend on the contents of a file."""
    return hash_file(path)[:16]


def hash_file(path: Path) -> str:
    """Return SHA-256 of a file as 64 hexadecimal digits."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(2**20):
            found.update(piece)
    return found.hexdigest()


HOLDER = ".lock.json"
"""The file that says which process holds the lock."""


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep other processes out of a folder, and remove what killed ones left half-written.

    The operating system holds the lock, so that of a process that died holds nobody.

    Raises:
        InputError: Another process works there, or the folder cannot be written.
    """
    lock = FileLock(folder / ".lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        raise _make_error(folder) from None
    except (OSError, ValueError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"cannot write to {folder}: {reason}"
        raise InputError(Diagnostic(message, help="choose another place with -o")) from None
    since = datetime.now().astimezone().isoformat(" ", "seconds")
    holder = {"pid": os.getpid(), "host": platform.node(), "since": since}
    try:
        write_file(folder / HOLDER, json.dumps(holder) + "\n")
        remove_unfinished(folder)
        yield
    finally:
        (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def _make_error(folder: Path) -> InputError:
    try:
        holder = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
        who = f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
    except (OSError, ValueError, LookupError, TypeError):
        who = "it is not known which"
    advice = "wait for it or stop it, or choose another place with -o"
    return InputError(Diagnostic(f"another process works in {folder}: {who}", help=advice))
