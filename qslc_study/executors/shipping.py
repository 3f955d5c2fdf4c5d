"""Send files to nodes by content: a node keeps what it has once been sent, and checks it each time.

A shipment is plain JSON but for its handles, by which a node gets pieces of files:
``{"key": ..., "within": ..., "files": {NAME: {"sha256": ..., "pieces": [HANDLE, ...]}}}``. Its key
is a digest of names and contents; ``within`` is the name of a file that was sent alone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from qslc.diagnostics import Diagnostic, InputError
from qslc_study.store import compute_digest, hash_file

PIECE = 16 * 2**20
"""Bytes of a piece: far below what engines send in one message, and enough to send it fast."""


def map_paths(places: Mapping[str, Any], find: Callable[[str], Any]) -> dict[str, Any]:
    """Replace every path in the ``places`` of a job; a preset is a name, not a path."""
    base = {kind: each if kind == "preset" else find(each) for kind, each in places["base"].items()}
    layer = find(places["layer"]) if places["layer"] else ""
    return {"base": base, "data": find(places["data"]), "layer": layer}


def list_paths(places: Mapping[str, Any]) -> list[str]:
    """List the paths in the ``places`` of a job."""
    found: list[str] = []
    map_paths(places, found.append)
    return found


def pack(path: Path, put: Callable[[bytes], Any]) -> dict[str, Any]:
    """Hand the pieces of a file, or of all files in a folder, to an engine.

    Args:
        put: Function that takes a piece and returns its handle.

    Raises:
        InputError: The path cannot be read.
    """
    found = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    names = [each.name if each == path else each.relative_to(path).as_posix() for each in found]
    try:
        files = {
            name: {"sha256": hash_file(each), "pieces": [put(piece) for piece in _read(each)]}
            for name, each in zip(names, found, strict=True)
        }
    except OSError as error:
        raise InputError(Diagnostic(f"cannot read {path}: {error.strerror or error}")) from None
    key = compute_digest({name: file["sha256"] for name, file in files.items()})
    return {"key": key, "within": path.name if path.is_file() else "", "files": files}


def unpack(shipment: Mapping[str, Any], cache: Path, get: Callable[[Any], bytes]) -> Path:
    """Return where the files of a shipment are on this node; what is missing or damaged is fetched.

    Args:
        cache: Folder that keeps shipments, which several processes may use at once.
        get: Function that returns the piece of a handle.

    Raises:
        InputError: The folder cannot be written, or a file arrives damaged.
    """
    home: Path = cache / shipment["key"]
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / f".{shipment['key']}.lock"):
            for name, file in shipment["files"].items():
                if not _is_whole(home / name, file["sha256"]):
                    _fetch(home / name, file, get)
    except OSError as error:
        message = f"cannot write to {home}: {error.strerror or error}"
        advice = "make room there, or start the node with another XDG_CACHE_HOME"
        raise InputError(Diagnostic(message, help=advice)) from None
    return home.joinpath(shipment["within"])


def find_cache() -> Path:
    """Return the folder in which this machine keeps shipments."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "qslc" / "study"


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _is_whole(path: Path, digest: str) -> bool:
    return path.is_file() and hash_file(path) == digest


def _fetch(path: Path, file: Mapping[str, Any], get: Callable[[Any], bytes]) -> None:
    """Write a file whole or not at all. The caller holds the lock of the shipment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staging, found = path.with_name(f".{path.name}.part"), hashlib.sha256()
    with staging.open("wb") as out:
        for piece in map(get, file["pieces"]):
            found.update(piece)
            out.write(piece)
    if found.hexdigest() != file["sha256"]:
        staging.unlink()
        raise InputError(Diagnostic(f"{path} arrived damaged, or was changed while it was sent"))
    staging.replace(path)
