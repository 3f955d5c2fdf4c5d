"""Read the files of a compile's folder, and compare each with the manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = 3
"""The newest format that is read; of the earlier ones, 1 has no number in its manifest."""

MANIFEST = "manifest.json"
REPORT = "report.json"

PENDING = ".qslc-pending"
"""A folder inside: files of the last compile that a killed process had not yet moved into place."""

_MANIFEST_BYTES = 1_000_000
"""Far more than any manifest has."""


class ArtifactError(ValueError):
    """A folder is not what one compile wrote. The message says which file and what to do."""


class ArtifactNotFoundError(ArtifactError, FileNotFoundError):
    """A folder, or a file of it, is missing."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what it is made from again, which tblib cannot tell of a class with two bases."""
        return type(self), self.args


@dataclass(frozen=True, slots=True)
class Section:
    """A JSON object of a file, whose values are read by name and by type."""

    folder: Path
    file: str
    data: Mapping[str, Any]
    prefix: str = ""

    def get(self, key: str, *kinds: type) -> Any:
        """Return a value.

        Raises:
            ArtifactError: It is missing or of another type; the message names file and key.
        """
        if key not in self.data:
            raise explain_mismatch(self.folder, f"{self.file} has no {self.prefix}{key}")
        value = self.data[key]
        if type(value) not in kinds:
            raise self._explain(key, f"is of type {type(value).__name__}")
        return value

    def section(self, key: str) -> Section:
        return Section(self.folder, self.file, self.get(key, dict), f"{self.prefix}{key}.")

    def sections(self, key: str) -> tuple[Section, ...]:
        items = {f"{key}[{i}]": item for i, item in enumerate(self.get(key, list))}
        return tuple(map(Section(self.folder, self.file, items).section, items))

    def texts(self, key: str) -> tuple[str, ...]:
        items = self.get(key, list)
        if not all(isinstance(item, str) for item in items):
            raise self._explain(key, "is no list of texts")
        return tuple(items)

    def _explain(self, key: str, why: str) -> ArtifactError:
        return explain_mismatch(self.folder, f"{self.prefix}{key} of {self.file} {why}")


def read_checked(folder: Path, *names: str) -> tuple[Mapping[str, Any], tuple[bytes, ...]]:
    """Read the manifest of a folder and files that it lists, all of one compile.

    Returns:
        The manifest, and the content of each file.

    Raises:
        ArtifactNotFoundError: The folder or one of its files is missing.
        ArtifactError: A file is damaged, or is not the one that the compile wrote; or the folder
            was written by a later version of qslc.
    """
    manifest = _read_manifest(folder)
    while True:
        contents = tuple(read_file(folder, name) for name in names)
        changed = _find_change(folder, manifest, dict(zip(names, contents, strict=True)))
        if changed is None:
            return manifest, contents
        before, manifest = manifest, _read_manifest(folder)
        if manifest == before:
            raise explain_change(changed)


def read_file(folder: Path, name: str, limit: int = -1) -> bytes:
    """Read a file of the last compile, from where it stands if that compile was interrupted.

    Raises:
        ArtifactNotFoundError: It is missing.
        ArtifactError: It cannot be read.
    """
    pending, path = folder / PENDING / name, folder / name
    with suppress(OSError, ValueError):
        if pending.is_file():
            return _read(pending, limit)
    try:
        if path.is_file():
            return _read(path, limit)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ArtifactError(f"{escape(path)} cannot be read: {reason}") from None
    raise ArtifactNotFoundError(_explain_missing(folder, name))


def _explain_missing(folder: Path, name: str) -> str:
    if folder.is_file():
        return f"{escape(folder)} is a file; name the folder that `qslc compile` wrote"
    if (folder / "layer" / name).is_file():
        return f"{escape(folder)} is the folder of an adapter; its layer is {escape(folder)}/layer"
    path = escape(folder / name)
    return f"{path} does not exist; `qslc compile SPEC -o {escape(folder)}` writes it"


def check_path(path: str | Path) -> Path:
    """Make a path absolute, without symbolic links.

    Raises:
        ArtifactError: It is no path.
    """
    try:
        return Path(path).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ArtifactError(f"{escape(path)} is not a path: {error}") from None


def escape(text: object, limit: int | None = None) -> str:
    """Escape what a terminal would act on (``\\x1b``), and cut what is longer than the limit."""
    whole = str(text)
    shown = whole if limit is None or len(whole) <= limit else whole[: limit - 3] + "..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in shown)


def _find_change(
    folder: Path, manifest: Mapping[str, Any], contents: Mapping[str, bytes]
) -> Path | None:
    """Return the first file that is not the one that the manifest lists."""
    for name, content in contents.items():
        expected = manifest["files"].get(name)
        if not isinstance(expected, str):
            raise explain_mismatch(folder, f"its manifest lists no {name}")
        if digest_file(folder / name, content) != expected:
            return folder / name
    return None


def _read_manifest(folder: Path) -> Mapping[str, Any]:
    manifest = parse_json(folder / MANIFEST, read_file(folder, MANIFEST, _MANIFEST_BYTES))
    found = manifest.get("format", 1)
    if type(found) is int and found > FORMAT:
        raise ArtifactError(
            f"{escape(folder)} was written by a later version of qslc (format {found}; this "
            f"runtime reads up to {FORMAT}): update it, or compile the spec with this version"
        )
    if "format" in manifest and (type(found) is not int or found < 2):
        raise explain_mismatch(folder, f"format of {MANIFEST} is {found!r}")
    if not isinstance(manifest.get("files"), dict):
        raise explain_mismatch(folder, f"{MANIFEST} lists no files")
    return manifest


def digest_file(path: Path, content: bytes) -> str:
    """Digest a file, a report without what differs from run to run: time."""
    own = _canonicalize(parse_json(path, content)) if path.name == REPORT else content
    return "sha256:" + hashlib.sha256(own).hexdigest()


def _drop_seconds(value: Any) -> Any:
    """Return a JSON value with every "seconds" set to 0."""
    if isinstance(value, dict):
        return {k: 0.0 if k == "seconds" else _drop_seconds(v) for k, v in value.items()}
    return [_drop_seconds(item) for item in value] if isinstance(value, list) else value


def _canonicalize(value: Any) -> bytes:
    return json.dumps(_drop_seconds(value), sort_keys=True, separators=(",", ":")).encode()


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit)


def parse_json(path: Path, content: bytes) -> Any:
    try:
        value = json.loads(content)
        _canonicalize(value)  # values nested so deeply that they cannot be written are refused too
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ArtifactError(
            f"{escape(path)} is not a JSON object; compile {escape(path.parent)} again"
        )
    return value


def explain_change(path: Path) -> ArtifactError:
    return ArtifactError(
        f"{escape(path)} is not the file that the compile wrote: it was changed since; compile "
        f"{escape(path.parent)} again"
    )


def explain_mismatch(folder: Path, why: str) -> ArtifactError:
    return ArtifactError(
        f"{escape(folder)} was not written by this version of qslc ({escape(why)}); compile "
        "it again"
    )
