"""Replace the files of a folder in one step: readers see all old ones or all new ones.

The new files are written into a folder inside, which is committed by renaming it to ``PENDING``.
From then on its files count: our readers look there first, and whoever writes next moves into place
what a killed process left. While files are moved, a stand-in holds the place of the folder, where
the system can exchange two folders, so that other programs see no mixture either. Nothing of the
user's is moved or written anew, and the folder itself stays the same folder.
"""

from __future__ import annotations

import ctypes
import glob
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from filelock import FileLock, UnixFileLock

MANIFEST = "manifest.json"
"""The file of a compile by which its folder is known."""

COMPILE_FILES = (
    "layer.py",
    "logical.json",
    "physical.json",
    "physical.qasm",
    "report.json",
    "report.md",
    "report.html",
    MANIFEST,
)
"""The files that every compile writes."""

_OPTIONAL = re.compile(r"(device|fallback)(_[1-9][0-9]*)?\.(json|qasm)|physical_[1-9][0-9]*\.qasm")
"""Files that a compile writes too where they apply, and removes where they no longer do."""

ANALYSIS_FILES = ("analysis.json", "analysis.html")
"""The files that an analysis writes; the first says that the folder is ours."""

PENDING = ".qslc-pending"
"""Folder inside for files of the last publication that have not been moved into place."""

_STAGING = ".qslc-staging-"
"""Folder inside for files of a publication that was not committed."""

_OURS = frozenset((*COMPILE_FILES, *ANALYSIS_FILES))

LOCK_SECONDS = 60.0
"""Seconds to wait for another process; it holds the folder for the time of a few writes."""


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Keep other writers out of a folder, and leave it without traces of killed or failed ones.

    Args:
        folder: Absolute path without symbolic links; the folder need not exist.

    Raises:
        filelock.Timeout: Another process has held the folder for ``LOCK_SECONDS``.
        OSError: The folder cannot be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    inside = folder.is_dir() and not os.access(folder.parent, os.W_OK)
    path = folder / ".qslc-lock" if inside else folder.parent / f".{folder.name}.lock"
    with tempfile.TemporaryFile(dir=path.parent):
        pass  # a lock file that cannot be made would be waited for
    with FileLock(path, timeout=LOCK_SECONDS) as lock:
        try:
            _mend(folder)
            yield
        finally:
            try:
                _mend(folder)
            finally:
                if isinstance(lock, UnixFileLock):  # others delete their file themselves
                    path.unlink(missing_ok=True)


def publish(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files, UTF-8, all at once. The caller is in ``hold_folder``.

    Raises:
        OSError: They cannot be written; the folder is as before.
    """
    if not folder.exists():
        staging = Path(tempfile.mkdtemp(prefix=_make_prefix(folder), dir=folder.parent))
        _write_all(staging, files)
        staging.chmod(0o777 & ~_read_umask())
        staging.replace(folder)
        return
    staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=folder))
    _write_all(staging, files)
    staging.chmod(folder.stat().st_mode & 0o777)
    staging.replace(folder / PENDING)
    _move_into_place(folder)


def publish_file(path: Path, content: str | bytes) -> None:
    """Write one file, text in UTF-8; a kill at any moment leaves the old one or the new one.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    staging = Path(name)
    try:
        _write_file(staging, content)
        staging.chmod(0o666 & ~_read_umask())
        staging.replace(path)
    finally:
        staging.unlink(missing_ok=True)


def _mend(folder: Path) -> None:
    """Finish a publication that was committed and remove what others left."""
    for leftover in folder.glob(f"{_STAGING}*"):
        shutil.rmtree(leftover)
    if (folder / PENDING).is_dir():
        _move_into_place(folder)
    for leftover in folder.parent.glob(f"{glob.escape(_make_prefix(folder))}*"):
        _discard(leftover, folder)


def _move_into_place(folder: Path) -> None:
    for name in _list_stale(folder):
        (folder / name).unlink(missing_ok=True)
    stand_in = _put_stand_in(folder)
    if stand_in is None:
        _move(folder / PENDING, folder)
        return
    _move(stand_in / PENDING, stand_in)
    with suppress(OSError):  # then the stand-in stays: it holds all files too
        _exchange(stand_in, folder)
    _discard(stand_in, folder)


def _list_stale(folder: Path) -> list[str]:
    """List files of earlier compiles that a pending manifest does not know."""
    try:
        known = json.loads((folder / PENDING / MANIFEST).read_bytes())["files"]
    except (OSError, ValueError, LookupError, TypeError):
        return []
    return [
        path.name
        for path in folder.iterdir()
        if _OPTIONAL.fullmatch(path.name) and path.name not in known and path.is_file()
    ]


def _move(pending: Path, folder: Path) -> None:
    for path in pending.iterdir():
        path.replace(folder / path.name)
    pending.rmdir()


def _put_stand_in(folder: Path) -> Path | None:
    """Put a folder with the new files, and links to all others, in the place of this one.

    Returns:
        Where this one is now, or None where that cannot be done.
    """
    entries = [entry for entry in folder.iterdir() if entry.name != PENDING]
    plain = all(entry.is_file() and not entry.is_symlink() for entry in entries)
    if _find_exchange() is None or not plain:
        return None
    try:
        twin = Path(tempfile.mkdtemp(prefix=_make_prefix(folder), dir=folder.parent))
    except OSError:
        return None
    try:
        new = list((folder / PENDING).iterdir())
        fresh = {path.name for path in new}
        for path in (*new, *(entry for entry in entries if entry.name not in fresh)):
            os.link(path, twin / path.name)
        shutil.copymode(folder, twin)
        _exchange(twin, folder)
    except OSError:
        shutil.rmtree(twin, ignore_errors=True)
        return None
    return twin


def _discard(leftover: Path, folder: Path) -> None:
    """Remove a folder that stood beside this one; what only it holds of the user's comes here."""
    for entry in leftover.iterdir():
        kept = folder / entry.name
        ours = entry.name in _OURS or _OPTIONAL.fullmatch(entry.name)
        if ours or (kept.exists() and entry.samefile(kept)):
            entry.unlink()
        elif entry.name == PENDING or entry.name.startswith(_STAGING):
            shutil.rmtree(entry)
        elif not kept.exists():
            folder.mkdir(exist_ok=True)
            entry.replace(kept)
    with suppress(OSError):  # it holds another version of a file of the user's
        leftover.rmdir()


def _write_all(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        _write_file(folder / name, text)


def _write_file(path: Path, content: str | bytes) -> None:
    with path.open("wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())


def _make_prefix(folder: Path) -> str:
    return f".{folder.name}.qslc-"


def _read_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _exchange(one: Path, other: Path) -> None:
    """Let two folders change places in one step."""
    exchange = _find_exchange()
    if exchange is None or exchange(os.fsencode(one), os.fsencode(other)):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), str(one))


@cache
def _find_exchange() -> Callable[[bytes, bytes], int] | None:
    """Find the system's call that exchanges two paths and returns 0 if it did; None without one."""
    if sys.platform == "win32":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "renameat2"):  # Linux: renameat2(2), RENAME_EXCHANGE
        return lambda one, other: int(libc.renameat2(-100, one, -100, other, 2))
    if hasattr(libc, "renamex_np"):  # macOS: renamex_np(2), RENAME_SWAP
        return lambda one, other: int(libc.renamex_np(one, other, 2))
    return None
