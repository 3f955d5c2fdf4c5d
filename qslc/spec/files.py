"""Reading a text file that a user named."""

from __future__ import annotations

from pathlib import Path

from qslc.diagnostics import Diagnostic, InputError, Span
from qslc.spec.yaml import MAX_LENGTH


def read_text(path: Path) -> str:
    """The text of a UTF-8 file of a spec's size.

    Raises:
        InputError: it does not exist, is no regular file, cannot be read, is too large, or is
            not UTF-8.
    """
    shown = str(path)
    try:
        if path.exists() and not path.is_file():
            raise InputError(Diagnostic(f"{shown} is not a file"))
        with path.open("rb") as file:
            data = file.read(4 * MAX_LENGTH + 1)
    except FileNotFoundError:
        raise InputError(Diagnostic(f"{shown} does not exist")) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a path"
        raise InputError(Diagnostic(f"{shown} cannot be read: {reason}")) from None
    if len(data) > 4 * MAX_LENGTH:
        raise InputError(Diagnostic(f"{shown} is larger than {4 * MAX_LENGTH} bytes"))
    return _decoded(data, shown)


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig").split("\n")
        span = Span(file, len(before), len(before[-1]) + 1)
        message = f"byte 0x{error.object[error.start]:02X} is not UTF-8"
        raise InputError(Diagnostic(message, span, help="save the file as UTF-8")) from None
