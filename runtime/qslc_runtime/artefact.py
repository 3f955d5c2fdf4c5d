"""The folder that ``qslc compile`` writes, read back: circuits, observables, layout and noise."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import cirq


MANIFEST = "manifest.json"
REPORT = "report.json"

PENDING = ".qslc-pending"
"""A folder inside: files of the last compile that a killed process had not yet moved into place."""

_MANIFEST_BYTES = 1_000_000
"""Far more than any manifest has."""


class ArtefactError(ValueError):
    """A folder is not what one compile wrote. The message says which file and what to do."""


class ArtefactNotFoundError(ArtefactError, FileNotFoundError):
    """A folder, or a file of it, is missing."""


@dataclass(frozen=True, slots=True)
class Observable:
    """A Pauli string before and after the compile.

    Args:
        logical: as the user wrote it: "Z0*Z3".
        physical: Pauli letter by device qubit, as Cirq prints the qubit: {"q(3, 4)": "Z"}.
        sign: 1 or -1, of the physical string.
    """

    logical: str
    physical: Mapping[str, str]
    sign: int

    @property
    def paulis(self) -> tuple[tuple[int, str], ...]:
        """Logical qubit and Pauli letter, in the order of the text."""
        return tuple((int(factor[1:]), factor[0]) for factor in self.logical.split("*"))


@dataclass(frozen=True)
class Artefact:
    """One compile. The circuits are read when they are first asked for.

    Args:
        folder: where the files are.
        digest: ``sha256:...`` of the spec.
        spec: with its defaults filled in.
        encoder: of the spec.
        qubits: of the logical circuit.
        weights: names of the trainable angles, in the order of the layer's ``theta``.
        observables: in the order of the layer's outputs.
        start: device qubit of each logical qubit before the first gate.
        end: device qubit of each logical qubit after the last gate.
        noise: error probabilities by device qubit (report.json, "noise"), or None.
        files: ``sha256:...`` of each file.
    """

    folder: Path
    digest: str
    spec: Mapping[str, Any]
    encoder: Mapping[str, Any]
    qubits: int
    weights: tuple[str, ...]
    observables: tuple[Observable, ...]
    start: tuple[str, ...]
    end: tuple[str, ...]
    noise: Mapping[str, Any] | None
    files: Mapping[str, str]

    @classmethod
    def read(cls, folder: str | Path) -> Artefact:
        """Reads ``manifest.json`` and ``report.json``.

        Raises:
            ArtefactNotFoundError: the folder or one of its files is missing.
            ArtefactError: a file is damaged, or is not the one that the compile wrote.
        """
        folder = Path(folder)
        manifest, (content,) = read_checked(folder, REPORT)
        try:
            return cls(folder=folder, **_fields(manifest, _json(folder / REPORT, content)))
        except (KeyError, TypeError, AttributeError) as error:
            raise _foreign(folder, repr(error)) from None

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the input features that may occur as angles: x0, x1, ..."""
        if self.encoder["kind"] in ("amplitude", "none"):
            return ()
        return tuple(f"x{i}" for i in range(self.encoder.get("features") or self.qubits))

    @cached_property
    def logical_circuit(self) -> cirq.Circuit:
        """The circuit as written, on ``cirq.LineQubit`` 0 to n-1."""
        return self._circuit("logical.json")

    @cached_property
    def physical_circuit(self) -> cirq.Circuit:
        """The compiled circuit, on device qubits, in the device's gates."""
        return self._circuit("physical.json")

    def check_layer(self, layer_class: type) -> None:
        """Checks that a generated layer class was written by the same compile.

        Raises:
            ArtefactError: it was not.
        """
        if self.digest != layer_class.DIGEST:  # type: ignore[attr-defined]
            raise ArtefactError(
                f"{layer_class.__name__} was generated from another spec than the circuits in "
                f"{shown(self.folder)}; load that folder again"
            )

    def _circuit(self, name: str) -> cirq.Circuit:
        import cirq

        content = read_file(self.folder, name)
        if _digest(self.folder / name, content) != self.files.get(name):
            raise _changed(self.folder / name)
        return cirq.read_json(json_text=content.decode())


def read_checked(folder: Path, *names: str) -> tuple[Mapping[str, Any], tuple[bytes, ...]]:
    """Read the manifest of a folder and files that it lists, all of one compile.

    Returns:
        The manifest, and the content of each file.

    Raises:
        ArtefactNotFoundError: the folder or one of its files is missing.
        ArtefactError: a file is damaged, or is not the one that the compile wrote.
    """
    manifest = _manifest(folder)
    while True:
        contents = tuple(read_file(folder, name) for name in names)
        changed = _first_changed(folder, manifest, dict(zip(names, contents, strict=True)))
        if changed is None:
            return manifest, contents
        before, manifest = manifest, _manifest(folder)
        if manifest == before:
            raise _changed(changed)


def read_file(folder: Path, name: str, limit: int = -1) -> bytes:
    """Read a file of the last compile, from where it stands if that compile was interrupted.

    Raises:
        ArtefactNotFoundError: it is missing.
        ArtefactError: it cannot be read.
    """
    pending = folder / PENDING / name
    with suppress(OSError, ValueError):
        if pending.is_file():
            return _read(pending, limit)
    path = folder / name
    try:
        if path.is_file():
            return _read(path, limit)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ArtefactError(f"{shown(path)} cannot be read: {reason}") from None
    raise ArtefactNotFoundError(
        f"{shown(path)} does not exist; `qslc compile SPEC -o {shown(folder)}` writes it"
    )


def check_path(path: str | Path) -> Path:
    """Make a path absolute, without symbolic links.

    Raises:
        ArtefactError: it is no path.
    """
    try:
        return Path(path).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ArtefactError(f"{shown(path)} is not a path: {error}") from None


def shown(text: object) -> str:
    """Escape what a terminal would act on: ``\\x1b``."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(text))


def _first_changed(
    folder: Path, manifest: Mapping[str, Any], contents: Mapping[str, bytes]
) -> Path | None:
    """The first file that is not the one that the manifest lists."""
    for name, content in contents.items():
        expected = manifest["files"].get(name)
        if not isinstance(expected, str):
            raise _foreign(folder, f"its manifest lists no {name}")
        if _digest(folder / name, content) != expected:
            return folder / name
    return None


def _fields(manifest: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    spec, layout = report["spec"], report["layout"]
    return {
        "digest": manifest["spec"],
        "spec": spec,
        "encoder": spec["encoder"],
        "qubits": spec["qubits"],
        "weights": tuple(report["weights"]),
        "observables": tuple(
            Observable(o["logical"], o["physical"], o["sign"]) for o in report["observables"]
        ),
        "start": tuple(layout["start"][str(i)] for i in range(spec["qubits"])),
        "end": tuple(layout["end"][str(i)] for i in range(spec["qubits"])),
        "noise": report["noise"],
        "files": manifest["files"],
    }


def _manifest(folder: Path) -> Mapping[str, Any]:
    manifest = _json(folder / MANIFEST, read_file(folder, MANIFEST, _MANIFEST_BYTES))
    if not isinstance(manifest.get("files"), dict):
        raise _foreign(folder, f"{MANIFEST} lists no files")
    return manifest


def _digest(path: Path, content: bytes) -> str:
    """The digest of a file; the report's leaves out what differs from run to run: time."""
    return _sha256(_canonical(_json(path, content)) if path.name == REPORT else content)


def _timeless(value: Any) -> Any:
    """A JSON value with every "seconds" set to 0."""
    if isinstance(value, dict):
        return {key: 0.0 if key == "seconds" else _timeless(item) for key, item in value.items()}
    return [_timeless(item) for item in value] if isinstance(value, list) else value


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit)


def _json(path: Path, content: bytes) -> Any:
    try:
        value = json.loads(content)
        _canonical(value)  # values nested so deeply that they cannot be written are refused too
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ArtefactError(
            f"{shown(path)} is not a JSON object; compile {shown(path.parent)} again"
        )
    return value


def _canonical(value: Any) -> bytes:
    return json.dumps(_timeless(value), sort_keys=True, separators=(",", ":")).encode()


def _sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _changed(path: Path) -> ArtefactError:
    return ArtefactError(
        f"{shown(path)} is not the file that the compile wrote: it was changed since; compile "
        f"{shown(path.parent)} again"
    )


def _foreign(folder: Path, why: str) -> ArtefactError:
    return ArtefactError(
        f"{shown(folder)} was not written by this version of qslc ({shown(why)}); compile it again"
    )
