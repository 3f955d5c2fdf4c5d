"""The folder that ``qslc compile`` writes, read back: circuits, observables, layout and noise."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import cirq


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
        manifest = _json(folder / "manifest.json", _bytes(folder / "manifest.json"))
        try:
            report = _report(folder / "report.json", manifest["files"]["report.json"])
            return cls(folder=folder, **_fields(manifest, report))
        except (KeyError, TypeError, AttributeError) as error:
            raise ArtefactError(
                f"{folder} was not written by this version of qslc ({error!r}); compile it again"
            ) from None

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
                f"{self.folder}; compile that folder again"
            )

    def _circuit(self, name: str) -> cirq.Circuit:
        import cirq

        path = self.folder / name
        content = _bytes(path)
        if _sha256(content) != self.files.get(name):
            raise _changed(path)
        return cirq.read_json(json_text=content.decode())


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


def _report(path: Path, digest: str) -> Any:
    """The report, whose digest leaves out the one thing that differs from run to run: time."""
    report = _json(path, _bytes(path))
    canonical = json.dumps(_timeless(report), sort_keys=True, separators=(",", ":"))
    if _sha256(canonical.encode()) != digest:
        raise _changed(path)
    return report


def _timeless(value: Any) -> Any:
    """A JSON value with every "seconds" set to 0."""
    if isinstance(value, dict):
        return {key: 0.0 if key == "seconds" else _timeless(item) for key, item in value.items()}
    return [_timeless(item) for item in value] if isinstance(value, list) else value


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise ArtefactNotFoundError(
            f"{path} does not exist; `qslc compile SPEC -o {path.parent}` writes it"
        ) from None


def _json(path: Path, content: bytes) -> Any:
    try:
        value = json.loads(content)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ArtefactError(f"{path} is not a JSON object; compile {path.parent} again")
    return value


def _sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _changed(path: Path) -> ArtefactError:
    return ArtefactError(
        f"{path} is not the file that the compile wrote: it was edited, or the last compile was "
        f"interrupted; compile {path.parent} again"
    )
