"""Read the folder that ``qslc compile`` writes: circuits, observables, layout and noise.

What the runtime reads of a compile is a contract with a number, ``format`` in ``manifest.json``:

| format | written by | inputs of the layer | circuit from the state of all zeros |
|---|---|---|---|
| 1 (no number) | qslc before the number | follow from the encoder in ``report.json`` | none |
| 2 | qslc before chips | ``inputs`` in ``manifest.json`` | none |
| 3 | qslc now | ``inputs`` | ``device.json``; ``preparation`` in ``manifest.json`` |

All are read; a folder of a later format is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qslc_runtime.folder import (
    FORMAT,
    MANIFEST,
    REPORT,
    ArtifactError,
    ArtifactNotFoundError,
    Section,
    digest_file,
    escape,
    explain_change,
    explain_mismatch,
    parse_json,
    read_checked,
    read_file,
)
from qslc_runtime.mitigation.options import Execution
from qslc_runtime.noise import Noise, parse_noise

if TYPE_CHECKING:
    import cirq

__all__ = [
    "FORMAT",
    "Artifact",
    "ArtifactError",
    "ArtifactNotFoundError",
    "Inputs",
    "Observable",
    "Prepared",
]


@dataclass(frozen=True, slots=True)
class Observable:
    """A Pauli string before and after the compile.

    Args:
        logical: The string as the user wrote it: "Z0*Z3".
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


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs that a circuit takes for each token.

    Args:
        angles: Names of the features that occur as angles in radians: x0, x1, ...
        amplitudes: Whether the features are the amplitudes of the start state, which is |0...0>
            otherwise.
        bias: Whether a constant amplitude 1 follows the features before they are normalized.
    """

    angles: tuple[str, ...] = ()
    amplitudes: bool = False
    bias: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """Preparation of encoded vectors, as a compile says it.

    Args:
        method: "multiplexed" or "variational".
        qubits: Number of qubits that hold a vector.
        levels: Pairs of qubits of each level of a variational preparation, the most significant
            qubit being 0.
        symbols: Names of its angles in ``device.json``, in the order of angles.
        padding: What stands beside the features: "zero", "bias" or "reference".
        features: Number of features.
        fallback_symbols: Names of the angles in ``fallback.json``; none without it.
    """

    method: str
    qubits: int
    levels: tuple[tuple[tuple[int, int], ...], ...]
    symbols: tuple[str, ...]
    padding: str
    features: int
    fallback_symbols: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Artifact:
    """One compile. The circuits are read when they are first asked for.

    Args:
        folder: The folder with the files.
        digest: The digest ``sha256:...`` of the spec.
        spec: The spec with its defaults filled in.
        qubits: Number of qubits of the logical circuit.
        taken: What the circuit takes for each token.
        weights: Names of the trainable angles, in the order of the layer's ``theta``.
        observables: The measured strings, in the order of the layer's outputs.
        start: Device qubit of each logical qubit before the first gate.
        end: Device qubit of each logical qubit after the last gate.
        noise: The noise of the device (report.json, "noise"), or None.
        files: The digest ``sha256:...`` of each file.
        preparation: How vectors are prepared, or None.
        execution: How the layer is to be measured.

    Example:
        >>> artifact = qslc_runtime.Artifact.read("build/my_layer")
        >>> artifact.qubits, artifact.weights
        (3, ('theta_0', 'theta_1', 'theta_2'))
    """

    folder: Path
    digest: str
    spec: Mapping[str, Any]
    qubits: int
    taken: Inputs
    weights: tuple[str, ...]
    observables: tuple[Observable, ...]
    start: tuple[str, ...]
    end: tuple[str, ...]
    noise: Noise | None
    files: Mapping[str, str]
    preparation: Prepared | None = None
    execution: Execution = field(default_factory=Execution)

    @classmethod
    def read(cls, folder: str | Path) -> Artifact:
        """Read ``manifest.json`` and ``report.json``.

        Raises:
            ArtifactNotFoundError: The folder or one of its files is missing.
            ArtifactError: A file is damaged, or is not the one that the compile wrote; or the
                folder was written by a later version of qslc.
        """
        folder = Path(folder)
        manifest, (content,) = read_checked(folder, REPORT)
        return _parse(manifest, Section(folder, REPORT, parse_json(folder / REPORT, content)))

    def __repr__(self) -> str:
        name = self.spec.get("name", "a layer")
        return (
            f"<artifact of {name} in {escape(self.folder)}: {self.qubits} qubits, "
            f"{len(self.weights)} weights, {len(self.observables)} readouts>"
        )

    @property
    def encoder(self) -> Mapping[str, Any]:
        """The encoder of the spec."""
        encoder: Mapping[str, Any] = self.spec["encoder"]
        return encoder

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the input features that may occur as angles: x0, x1, ..."""
        return self.taken.angles

    @cached_property
    def logical_circuit(self) -> cirq.Circuit:
        """The circuit as written, on ``cirq.LineQubit`` 0 to n-1."""
        return self._circuit("logical.json")

    @cached_property
    def physical_circuit(self) -> cirq.Circuit:
        """The compiled circuit, on device qubits, in the device's gates."""
        return self._circuit("physical.json")

    @cached_property
    def device_circuit(self) -> cirq.Circuit:
        """The circuit from |0...0>, preparation and measurement included, on device qubits."""
        return self._circuit("device.json")

    @cached_property
    def fallback_circuit(self) -> cirq.Circuit:
        """The same with an exact preparation, where that of ``device_circuit`` is variational."""
        return self._circuit("fallback.json")

    def check_layer(self, layer_class: type) -> None:
        """Check that a generated layer class was written by the same compile.

        Raises:
            ArtifactError: It was not.
        """
        if self.digest != layer_class.DIGEST:  # type: ignore[attr-defined]
            raise ArtifactError(
                f"{layer_class.__name__} was generated from another spec than the circuits in "
                f"{escape(self.folder)}; load that folder again"
            )

    def _circuit(self, name: str) -> cirq.Circuit:
        import cirq

        content = read_file(self.folder, name)
        if digest_file(self.folder / name, content) != self.files.get(name):
            raise explain_change(self.folder / name)
        return cirq.read_json(json_text=content.decode())


def _parse(manifest: Mapping[str, Any], report: Section) -> Artifact:
    header = Section(report.folder, MANIFEST, manifest)
    spec, layout = report.section("spec"), report.section("layout")
    start, end = layout.section("start"), layout.section("end")
    qubits = spec.get("qubits", int)
    return Artifact(
        folder=report.folder,
        digest=header.get("spec", str),
        spec=spec.data,
        qubits=qubits,
        taken=_parse_inputs(header, spec.section("encoder"), qubits),
        weights=report.texts("weights"),
        observables=tuple(
            Observable(o.get("logical", str), o.get("physical", dict), o.get("sign", int))
            for o in report.sections("observables")
        ),
        start=tuple(start.get(str(i), str) for i in range(qubits)),
        end=tuple(end.get(str(i), str) for i in range(qubits)),
        noise=parse_noise(report.section("noise")) if report.data.get("noise") else None,
        files=header.get("files", dict),
        preparation=_parse_preparation(header),
        execution=_parse_execution(report),
    )


def _parse_preparation(manifest: Section) -> Prepared | None:
    if not manifest.data.get("preparation"):
        return None
    own = manifest.section("preparation")
    try:
        levels = tuple(
            tuple((int(a), int(b)) for a, b in level) for level in own.get("levels", list)
        )
    except (TypeError, ValueError):
        raise explain_mismatch(manifest.folder, "preparation.levels are no pairs") from None
    return Prepared(
        method=own.get("method", str),
        qubits=own.get("qubits", int),
        levels=levels,
        symbols=own.texts("symbols"),
        padding=own.get("padding", str),
        features=own.get("features", int),
        fallback_symbols=own.texts("fallback_symbols"),
    )


def _parse_execution(report: Section) -> Execution:
    if "execution" not in report.data:
        return Execution()
    verdict = report.data.get("verdict")
    target = verdict.get("target") if isinstance(verdict, Mapping) else None
    needed = target.get("shots") if isinstance(target, Mapping) else None
    try:
        return Execution.parse(report.get("execution", dict), needed)
    except ValueError as error:
        raise explain_mismatch(report.folder, f"its execution is unknown: {error}") from None


def _parse_inputs(manifest: Section, encoder: Section, qubits: int) -> Inputs:
    if "format" in manifest.data:
        own = manifest.section("inputs")
        return Inputs(own.texts("angles"), own.get("amplitudes", bool), own.get("bias", bool))
    match encoder.get("kind", str):
        case "amplitude":
            return Inputs(amplitudes=True, bias=encoder.data.get("pad") == "bias")
        case "none":
            return Inputs()
        case "angle" | "iqp":
            features = encoder.data.get("features") or qubits
            return Inputs(tuple(f"x{i}" for i in range(features)))
        case unknown:
            raise explain_mismatch(manifest.folder, f"its encoder is {unknown}")
