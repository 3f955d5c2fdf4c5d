"""Let one process at a time work in a study's folder."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from qslc.diagnostics import Diagnostic, InputError
from qslc.output import write_file
from qslc_study.store import remove_unfinished

HOLDER = ".lock.json"
"""Says which process holds the lock."""


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
        raise InputError(Diagnostic(message, help="choose another folder with -o")) from None
    try:
        write_file(folder / HOLDER, json.dumps(_describe_process()) + "\n")
        remove_unfinished(folder)
        yield
    finally:
        (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def _describe_process() -> dict[str, str | int]:
    since = datetime.now().astimezone().isoformat(" ", "seconds")
    return {"pid": os.getpid(), "host": platform.node(), "since": since}


def _make_error(folder: Path) -> InputError:
    try:
        holder = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
        who = f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
    except (OSError, ValueError, LookupError, TypeError):
        who = "another process"
    return InputError(
        Diagnostic(
            f"a study is at work in {folder}: {who}",
            help="wait for it or stop it, or choose another folder with -o",
        )
    )
