"""A compile as a value: its layer, its circuits, its report, its pictures and its files."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

import cirq

from qslc.artifact import REPORT, Files
from qslc.export.cirq_circuit import from_circuit, read_coordinates, read_qubit
from qslc.export.measurement import append_measurement, strip_measurement
from qslc.export.qiskit_circuit import to_qiskit, to_sparse_pauli_op
from qslc.extras import require
from qslc.ir.metrics import find_used_qubits
from qslc.ir.program import PauliString, Program, rename_qubits
from qslc.ir.settings import Setting, group_settings
from qslc.output import refuse_foreign, write_folder
from qslc.publication import MANIFEST
from qslc.report.compilation.model import Report, parse_report
from qslc.report.compilation.views import render_summary
from qslc.report.drawing.picture import Layout, Picture, draw_layout, picture_circuit
from qslc.report.numbers import format_survival
from qslc.spec.model import Spec
from qslc.spec.observables import expand_outputs, format_terms
from qslc.spec.source import build
from qslc.spec.wording import pluralize

_Output: TypeAlias = tuple[tuple[float, int | None], ...]
"""Coefficients of measured strings, by number; None is the constant."""


@dataclass(frozen=True, repr=False, eq=False)
class Compiled:
    """A compiled sublayer, as ``qslc.compile`` and ``qslc.open`` return it.

    It holds the texts of its files, and everything else is read from them when it is asked for.
    Two are equal if they hold the same files, wall times aside.

    Args:
        files: Text of each file of the artifact folder, by name.
        folder: Folder that it was opened from, or None.

    Example:
        >>> compiled = qslc.compile("ansatz.yaml")
        >>> layer = compiled.layer(units=768)
        >>> folder = compiled.save("build/my_layer")
        >>> qslc.open("build/my_layer") == compiled
        True
    """

    files: Mapping[str, str]
    folder: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", Files(self.files))

    @property
    def name(self) -> str:
        """Name of the layer."""
        return self.report.name

    @property
    def digest(self) -> str:
        """The digest ``sha256:...`` of the spec."""
        return self.report.digest

    @cached_property
    def spec(self) -> Spec:
        """The spec, with its defaults filled in.

        Raises:
            InputError: This version of qslc does not know it.
        """
        return build(self._json["spec"])

    @cached_property
    def report(self) -> Report:
        """Report of the compile: what the circuit was, became and costs."""
        return parse_report(self._json)

    @cached_property
    def circuit(self) -> cirq.Circuit:
        """The circuit as written, on ``cirq.LineQubit`` 0 to n-1, symbolic in weights and inputs.

        The angles of its rotations are in radians; qubit 0 is the leading bit of an encoded vector.
        """
        return cirq.read_json(json_text=self.files["logical.json"])

    @cached_property
    def device_circuit(self) -> cirq.Circuit:
        """The compiled circuit in the device's gates, on its qubits, without a measurement.

        It starts from |0...0>; with an amplitude encoder that the spec does not prepare it starts
        where ``layout.start`` holds the encoded vector.
        """
        name = "device.json" if "device.json" in self.files else "physical.json"
        return strip_measurement(cirq.read_json(json_text=self.files[name]))

    @property
    def observables(self) -> list[cirq.PauliString[Any] | cirq.PauliSum]:
        """Pauli strings or sums read after ``device_circuit``, in the order of the outputs.

        Each is a ``cirq.PauliString`` on device qubits, and where the spec asks for a sum or a
        multiple, a ``cirq.PauliSum``.
        """
        strings = [
            cirq.PauliString(
                {read_qubit(label): letter for label, letter in each.physical.items()},
                coefficient=each.sign,
            )
            for each in self.report.observables
        ]
        return [_add_up(output, strings) for output in self._outputs]

    @cached_property
    def measured_circuits(self) -> tuple[cirq.Circuit, ...]:
        """``device_circuit`` with each of the measurements that together read all observables."""
        return tuple(
            append_measurement(self.device_circuit, self._device_qubits, setting)
            for setting in self._settings
        )

    @property
    def qasm(self) -> str:
        """OpenQASM 3 of the first of ``measured_circuits``, on hardware qubits ``$n``.

        Those of the others are ``files["device_2.qasm"]``, ...
        """
        return self.files.get("device.qasm") or self.files["physical.qasm"]

    @cached_property
    def layout(self) -> Layout:
        """Device qubits of the logical qubits."""
        layout, size = self.report.layout, self.report.logical.qubits
        start, end = (
            tuple(read_qubit(where[i]) for i in sorted(where))
            for where in (layout.start, layout.end)
        )
        title = f"{pluralize(size, 'qubit')} of {self.name} on {self.report.device.name}"
        return Layout(start, end, draw_layout(self._json["drawings"]["device"], title))

    @cached_property
    def layer_class(self) -> Any:
        """The generated class, a ``qslc_runtime.QuantumSublayer``; needs Keras.

        Its ``layer.py`` is run, as ``qslc_runtime.load`` does: open only folders that you trust.

        Raises:
            InputError: Keras is not installed.
        """
        require("a layer needs it", "keras", "keras")
        from qslc_runtime import load

        return load(self._find_folder())

    def layer(self, units: int | None = None, **options: Any) -> Any:
        """Make the Keras layer; needs Keras.

        Args:
            units: Width of the output; None for the expectations themselves.
            options: Arguments of ``qslc_runtime.QuantumSublayer``, such as ``engine`` and ``seed``.

        Returns:
            A ``keras.Layer`` from (..., features) to (..., units), float32.

        Example:
            >>> layer = compiled.layer(units=768, engine="noisy")
        """
        return self.layer_class(units, **options)

    def draw(
        self, what: Literal["device_circuit", "circuit", "layout"] = "device_circuit"
    ) -> Picture | Layout:
        """Draw a circuit, or the layout: notebooks show it, ``print`` writes it in letters.

        Raises:
            ValueError: There is no such drawing.
        """
        drawings = self._json["drawings"]
        match what:
            case "device_circuit":
                title = f"{self.name} on {self.report.device.name}"
                return picture_circuit(drawings["physical"], title, self.device_circuit)
            case "circuit":
                return picture_circuit(drawings["logical"], f"{self.name} as written", self.circuit)
            case "layout":
                return self.layout
        raise ValueError(f'what is "device_circuit", "circuit" or "layout", not {what!r}')

    def to_qiskit(self, *, measure: bool = False, hardware: bool = True) -> Any:
        """Return ``device_circuit`` as a ``qiskit.QuantumCircuit``; weights stay parameters.

        Args:
            measure: Whether it ends in the first of the measurements of ``measured_circuits``.
            hardware: Whether qubit n is the device's qubit n, as ``$n`` in OpenQASM. Otherwise the
                qubits in use are numbered from 0 in that order, for simulators; say the same to
                ``to_qiskit_observables``.

        Raises:
            InputError: Qiskit is not installed.
        """
        program, settings = self._number_qubits(hardware)
        return to_qiskit(program, settings[0] if measure and settings else None)

    def to_qiskit_observables(self, *, hardware: bool = True) -> list[Any]:
        """Return ``observables`` as ``qiskit.quantum_info.SparsePauliOp``, for ``to_qiskit``.

        Args:
            hardware: Whether they are of all qubits of the device, as said to ``to_qiskit``.

        Raises:
            InputError: Qiskit is not installed.
        """
        program, _ = self._number_qubits(hardware)
        strings: dict[int | None, PauliString] = {None: PauliString(())}
        strings.update(enumerate(program.observables))
        return [
            to_sparse_pauli_op([(value, strings[i]) for value, i in output], program.qubits)
            for output in self._outputs
        ]

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the artifact folder, in one step, as ``qslc compile`` does.

        Raises:
            InputError: The folder cannot be written, or holds such files that qslc did not write.
        """
        path = Path(folder)
        refuse_foreign(path, self.files)
        write_folder(path, self.files)
        return path

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Compiled):
            return NotImplemented
        return self.files[MANIFEST] == other.files[MANIFEST]

    def __hash__(self) -> int:
        return hash(self.files[MANIFEST])

    def __reduce__(self) -> Any:
        return Compiled, (dict(self.files), self.folder)

    def __repr__(self) -> str:
        report, cost = self.report, self.report.cost
        budget = report.error_budget
        fidelity = f", estimated fidelity {format_survival(budget.circuit)}" if budget else ""
        inputs = "no input, " if report.encoder.kind == "none" else ""
        return (
            f"<compiled {report.name} on {report.device.name}: {pluralize(cost.qubits, 'qubit')}, "
            f"{pluralize(cost.two_qubit_gates, 'two-qubit gate')}, two-qubit depth "
            f"{cost.two_qubit_depth}, {inputs}{pluralize(len(report.weights), 'weight')}, "
            f"{pluralize(len(self._outputs), 'output')}{fidelity}>"
        )

    def _repr_html_(self) -> str:
        circuit = self.draw()
        return render_summary(self._json, circuit._repr_svg_() or "", self.layout.svg)

    @cached_property
    def _json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.files[REPORT])
        return found

    @cached_property
    def _device_qubits(self) -> tuple[cirq.Qid, ...]:
        """All qubits of the device, in its order."""
        return tuple(
            read_qubit(label) for label, _, _ in self._json["drawings"]["device"]["qubits"]
        )

    @cached_property
    def _program(self) -> Program:
        """``device_circuit`` and ``observables`` on indices of the device's qubits."""
        index = {str(qubit): i for i, qubit in enumerate(self._device_qubits)}
        strings = [
            PauliString(tuple(sorted((index[k], v) for k, v in each.physical.items())), each.sign)  # type: ignore[misc]
            for each in self.report.observables
        ]
        return from_circuit(self.device_circuit, strings, self._device_qubits)

    @cached_property
    def _outputs(self) -> tuple[_Output, ...]:
        """The outputs of the layer as sums of what is measured."""
        asked = self._json["spec"]["measure"]
        number = {each.logical: i for i, each in enumerate(self.report.observables)}
        outputs = expand_outputs(
            asked if isinstance(asked, str) else tuple(asked), self.report.logical.qubits
        )
        return tuple(
            tuple((value, number[format_terms(terms)] if terms else None) for value, terms in each)
            for each in outputs
        )

    @property
    def _settings(self) -> tuple[Setting, ...]:
        places = [read_coordinates(str(qubit)) for qubit in self._device_qubits]
        return group_settings(self._program.observables, places)

    def _number_qubits(self, hardware: bool) -> tuple[Program, list[Setting]]:
        program, settings = self._program, self._settings
        if hardware:
            return program, [*settings]
        new = {qubit: i for i, qubit in enumerate(find_used_qubits(program))}
        bases = [tuple((new[qubit], pauli) for qubit, pauli in each.bases) for each in settings]
        moved = [replace(each, bases=own) for each, own in zip(settings, bases, strict=True)]
        return rename_qubits(program, new, len(new)), moved

    def _find_folder(self) -> Path:
        """Return a folder with these files: that it was opened from, or one of this process."""
        if self.folder is not None:
            path = self.folder / MANIFEST
            if path.is_file() and path.read_bytes() == self.files[MANIFEST].encode():
                return self.folder
        made = _make_scratch() / self.digest[-16:]
        write_folder(made, self.files)
        return made


def _add_up(
    output: _Output, strings: Sequence[cirq.PauliString[Any]]
) -> cirq.PauliString[Any] | cirq.PauliSum:
    """Return an output as a Pauli string if it is one, otherwise as a sum."""
    if len(output) == 1 and output[0][0] == 1 and output[0][1] is not None:
        return strings[output[0][1]]
    terms = (value * (cirq.PauliString() if i is None else strings[i]) for value, i in output)
    return cirq.PauliSum.from_pauli_strings(list(terms))


@cache
def _make_scratch() -> Path:
    """Make the folder of this process for layers that were not saved; it goes with the process."""
    folder, owner = Path(tempfile.mkdtemp(prefix="qslc-")), os.getpid()

    def clear() -> None:
        if os.getpid() == owner:  # and not in a process that was forked from it
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(clear)
    return folder
