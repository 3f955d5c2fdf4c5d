"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path


def replace_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that readers see the old content until the new one is on the disk.

    The content is first written to ``.NAME.tmp`` beside the file, which is locked meanwhile. What
    a killed process left there is overwritten by the next one.

    Args:
        path: Path of the file; what a symbolic link points to is replaced, not the link.

    Raises:
        FileNotFoundError: Its folder does not exist.
        IsADirectoryError: It is a folder.
        OSError: It cannot be written.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(f"{os.fspath(path)!r} is a folder; name a file in it")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"the folder {str(target.parent)!r} does not exist; make it first")
    staging = target.with_name(f".{target.name}.tmp")
    with _open_locked(staging) as file:
        try:
            os.ftruncate(file, 0)
            with open(file, "wb", closefd=False) as stream:
                stream.write(content)
            os.fsync(file)
            staging.replace(target)
        except BaseException:
            staging.unlink(missing_ok=True)
            raise
    _sync_folder(target.parent)


@contextlib.contextmanager
def _open_locked(path: Path) -> Iterator[int]:
    """Open a file that no other process writes, and make it if it is missing."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    while True:
        file = os.open(path, flags, 0o666)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise OSError(f"{str(path)!r} is no ordinary file; remove it and save again")
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_EX)
            if _is_still_there(file, path):  # the lock's last holder renamed it
                yield file
                return
        finally:
            os.close(file)


def _is_still_there(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), os.lstat(path))
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    """Bring the new name itself to the disk, where folders can be opened."""
    with contextlib.suppress(OSError):
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
