"""The text of a file of data, or why it is none."""

from __future__ import annotations

from pathlib import Path

from qslc.diagnostics import Diagnostic, InputError, Span

SHOWN = 200
"""So many characters of a line go into an error."""

_FORMATS = (
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet", "unpack it, or save it as CSV"),
    (b"PAR1", "a Parquet file", "write it as CSV or JSONL"),
    (b"\xff\xfe", "UTF-16", "save the file as UTF-8"),
    (b"\xfe\xff", "UTF-16", "save the file as UTF-8"),
)


def read_data(path: Path) -> str:
    """Read a UTF-8 file of any size, without a byte order mark; its line ends are left as they are.

    Raises:
        InputError: it is no regular file, cannot be read, or is no text in UTF-8.
    """
    data = _bytes(path)
    for start, kind, advice in _FORMATS:
        if data.startswith(start):
            raise bad_line(path, 1, f"this is {kind}", advice)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        message = f"byte 0x{error.object[error.start]:02X} is not UTF-8"
        raise bad_line(path, line, message, "save the file as UTF-8") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise bad_line(path, line, "U+0000 is no character of a text", "save the file as UTF-8")
    return text


def bad_line(path: Path, line: int, message: str, help: str = "", text: str = "") -> InputError:  # noqa: A002
    """Make the error that names a file and a line of it, whose text may be shown."""
    text = text[:SHOWN]
    return InputError(
        Diagnostic(message, Span(_name(path), line, 1, max(1, len(text)), text), "", help)
    )


def _bytes(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise InputError(Diagnostic(f"cannot read {_name(path)}: it is not a file"))
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a path"
        raise InputError(Diagnostic(f"cannot read {_name(path)}: {reason}")) from None


def _name(path: Path) -> str:
    return str(path).encode("utf-8", "replace").decode()
