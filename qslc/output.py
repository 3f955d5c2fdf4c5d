"""The artefact folder on disk: a killed run leaves nothing half-written and loses nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from qslc.diagnostics import Diagnostic, InputError

MANIFEST = "manifest.json"
REPORT = "report.json"
_OURS = re.compile(r'\s*\{\s*"qslc":')
"""How a marker of qslc begins, even one that was cut short."""


def write_folder(folder: Path, files: Mapping[str, str], marker: str = MANIFEST) -> None:
    """Writes every file of ``files``, UTF-8, into ``folder``, which is made if it is missing.

    A new folder appears whole or not at all. In a folder of an earlier run the marker is replaced
    first and then each file, each atomically: after a kill the digests of a manifest tell which
    files are old, and compiling again mends the folder.

    Args:
        folder: where.
        files: the text of each file by its name.
        marker: the JSON file, starting with the version of qslc, by which files are known as ours.

    Raises:
        InputError: the folder cannot be written, or holds files that qslc did not write.
    """
    folder = folder.resolve()
    refuse_foreign(folder, files, marker)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        home = folder if folder.exists() else folder.parent
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=home))
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        for name, text in files.items():
            _write(staging / name, text)
        _publish(staging, folder, sorted(files, key=lambda name: name != marker))
    except OSError as error:
        raise _unwritable(folder, error) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def refuse_foreign(folder: Path, names: Iterable[str], marker: str = MANIFEST) -> None:
    """Checks that writing these files loses nothing that qslc did not write.

    Raises:
        InputError: the folder is a file, or holds such a file and no marker of qslc.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(
            Diagnostic(f"{folder} is a file, not a folder", help="choose another folder with -o")
        )
    if _is_ours(folder / marker):
        return
    foreign = next((name for name in names if (folder / name).exists()), None)
    if foreign:
        raise InputError(
            Diagnostic(
                f"{folder / foreign} exists and was not written by qslc",
                help="choose another folder with -o, or move the file away",
            )
        )


def read_report(folder: Path) -> dict[str, Any]:
    """The report of an artefact folder.

    Raises:
        InputError: there is none, or it is not a report.
    """
    path, help_ = folder / REPORT, "name a folder that `qslc compile` wrote"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"cannot read {path}: {error.strerror or error}"
        raise InputError(Diagnostic(message, help=help_)) from None
    except (ValueError, RecursionError):
        raise InputError(Diagnostic(f"{path} is not JSON", help=help_)) from None
    if not isinstance(data, dict) or not {"logical", "physical", "passes"} <= data.keys():
        raise InputError(Diagnostic(f"{path} is not a report of qslc", help=help_))
    return data


def _is_ours(marker: Path) -> bool:
    try:
        text = marker.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return _OURS.match(text) is not None


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _publish(staging: Path, folder: Path, names: Iterable[str]) -> None:
    if not folder.exists():
        staging.chmod(0o777 & ~_umask())
        staging.replace(folder)
        return
    for name in names:
        (staging / name).replace(folder / name)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(folder: Path, error: OSError) -> InputError:
    return InputError(
        Diagnostic(
            f"cannot write to {folder}: {error.strerror or error}",
            help="choose a folder you can write to with -o",
        )
    )
