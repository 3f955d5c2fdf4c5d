"""Write where the user said: whole or not at all, and nothing of theirs is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import Timeout

from qslc.diagnostics import Diagnostic, InputError
from qslc.publication import MANIFEST, PENDING, hold_folder, publish, publish_file

MAX_SHOWN = 300
"""Characters of a path that a message repeats."""

_MARKER = re.compile(rb'\s*\{\s*"qslc":')
"""How a marker of qslc begins, even one that was cut short."""


def write_folder(folder: Path, files: Mapping[str, str], marker: str = MANIFEST) -> None:
    """Write text files, UTF-8, into a folder, which is made if it is missing.

    Readers see all of these files or all of those before, whenever the process is killed, and of
    several processes that write one wins. Other files in the folder stay.

    Args:
        folder: Where.
        files: Text of each file by its name.
        marker: The JSON file, starting with the version of qslc, by which files are known as ours.

    Raises:
        InputError: The folder cannot be written, or holds files that qslc did not write.
    """
    rewrite_folder(folder, lambda: files, marker)


def rewrite_folder(
    folder: Path, make: Callable[[], Mapping[str, str]], marker: str = MANIFEST
) -> None:
    """Write files as ``write_folder`` does that are made from those of the folder.

    Nobody else writes in between.
    """
    folder = resolve_folder(folder)
    refuse_foreign(folder, (), marker)
    with _explain_errors(folder), hold_folder(folder):
        files = make()
        refuse_foreign(folder, files, marker)
        publish(folder, files)


def write_file(path: Path, content: str | bytes) -> None:
    """Write one file, text in UTF-8, that is never seen half-written.

    Raises:
        InputError: It cannot be written.
    """
    try:
        publish_file(path, content)
    except OSError as error:
        message = f"cannot write {path}: {error.strerror or error}"
        raise InputError(Diagnostic(message, help="choose another folder with -o")) from None


def refuse_foreign(folder: Path, names: Iterable[str], marker: str = MANIFEST) -> None:
    """Check that writing these files loses nothing that qslc did not write.

    Raises:
        InputError: The folder cannot be one, or holds such a file and no marker of qslc.
    """
    folder = resolve_folder(folder)
    if folder.exists() and not folder.is_dir():
        message = f"{folder} is a file, not a folder"
        raise InputError(Diagnostic(message, help="choose another folder with -o"))
    ours = (folder / PENDING).is_dir() or _is_ours(folder / marker)
    for path in (folder / name for name in names):
        if path.is_dir() or (not ours and (path.exists() or path.is_symlink())):
            message = f"{path} exists and was not written by qslc"
            advice = "choose another folder with -o, or move it away"
            raise InputError(Diagnostic(message, help=advice))


def resolve_folder(folder: Path) -> Path:
    """Make the path of a folder absolute, without symbolic links.

    Raises:
        InputError: It is no path that a folder can have.
    """
    try:
        resolved = folder.resolve()
        resolved.stat()
    except FileNotFoundError:
        return resolved
    except (OSError, RuntimeError, ValueError) as error:
        raise _explain_unwritable(folder, error) from None
    return resolved


def _is_ours(marker: Path) -> bool:
    try:
        if not marker.is_file():
            return False
        with marker.open("rb") as file:
            return _MARKER.match(file.read(4096)) is not None
    except OSError:
        return False


@contextmanager
def _explain_errors(folder: Path) -> Iterator[None]:
    """Turn what the system says about a folder into a diagnostic."""
    try:
        yield
    except Timeout:
        message = f"another process has been writing to {folder} for a minute"
        raise InputError(Diagnostic(message, help="end it, or choose another folder")) from None
    except OSError as error:
        raise _explain_unwritable(folder, error) from None


def _explain_unwritable(folder: Path, error: Exception) -> InputError:
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
    elif isinstance(error, RuntimeError):
        reason = "symbolic links that lead in a circle"
    else:
        reason = "this is not a path"
    shown = str(folder) if len(str(folder)) <= MAX_SHOWN else f"{str(folder)[:MAX_SHOWN]}..."
    message = f"cannot write to {shown}: {reason}"
    return InputError(Diagnostic(message, help="choose a folder you can write to with -o"))
