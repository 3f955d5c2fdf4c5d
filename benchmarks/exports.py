"""Write the files of OpenQASM that the tests read, with the exporters of other packages.

    python -m benchmarks.exports tests/circuits/exported

Needs Qiskit, PennyLane and pytket, in an environment of their own; qslc is not needed. Beside each
file stand, in ``numbers.json``, expectations of the circuit that the package computes itself: those
of Z, X and Y on each qubit. In ``originals.json`` stands what the code of PennyLane and of Qiskit
Machine Learning in ``docs/circuits.md`` computes.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import re
import runpy
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "circuits.md"
_FENCE = re.compile(r"^```python (pennylane|qiskit)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VALUES = {"a": 0.3, "b": -1.2, "f": 0.7, "g": 1.9}
Export = tuple[str, dict[str, float], list[float]]
"""The text, the values of its symbols, and the expectations."""


def _make_qiskit() -> Any:
    """Make a circuit of Qiskit with most of its gates."""
    import numpy as np
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter
    from qiskit.circuit.library import RYGate, UnitaryGate, XGate
    from qiskit.quantum_info import random_unitary

    a, b, x, y = (Parameter(name) for name in VALUES)
    circuit = QuantumCircuit(4)
    circuit.h(range(4))
    circuit.rx(2 * x * a + 0.5, 0)
    circuit.u(a, b, x, 1)
    circuit.p(y, 2)
    circuit.barrier()
    circuit.cp(y * b, 0, 1)
    circuit.crx(x, 1, 2)
    circuit.rzz(x * y, 2, 3)
    circuit.rxx(a, 0, 3)
    circuit.rzx(b, 1, 3)
    circuit.ryy(-b / 3, 0, 2)
    circuit.sx(0)
    circuit.sdg(1)
    circuit.tdg(3)
    circuit.ccx(0, 1, 2)
    circuit.cswap(3, 0, 1)
    circuit.iswap(1, 2)
    circuit.ecr(0, 3)
    circuit.ch(2, 0)
    circuit.append(XGate().control(3, ctrl_state=5), [0, 1, 3, 2])
    circuit.append(RYGate(0.4).control(2), [3, 1, 0])
    circuit.append(UnitaryGate(random_unitary(4, seed=1)), [1, 3])
    inner = QuantumCircuit(2, name="mine")
    inner.ry(a, 0)
    inner.cz(0, 1)
    circuit.append(inner.to_gate(), [2, 0])
    circuit.rz(np.pi / 3, 3)
    return circuit


def _measure_qiskit(circuit: Any) -> list[float]:
    from qiskit.quantum_info import Pauli, Statevector

    state, count = Statevector(circuit), circuit.num_qubits
    return [
        float(state.expectation_value(Pauli(letter), [qubit]).real)
        for letter in "ZXY"
        for qubit in range(count)
    ]


def export_qiskit_2() -> Export:
    """Write OpenQASM 2, which has no symbols, with a measurement at the end."""
    from qiskit import qasm2

    circuit = _make_qiskit()
    bound = circuit.assign_parameters({p: VALUES[p.name] for p in circuit.parameters})
    values = _measure_qiskit(bound)
    bound.measure_all()
    return qasm2.dumps(bound), {}, values


def export_qiskit_3() -> Export:
    """Write OpenQASM 3, symbols and all."""
    from qiskit import qasm3

    circuit = _make_qiskit()
    bound = circuit.assign_parameters({p: VALUES[p.name] for p in circuit.parameters})
    values = _measure_qiskit(bound)
    circuit.measure_all()
    return qasm3.dumps(circuit), VALUES, values


def export_pennylane() -> Export:
    """Write OpenQASM 2 as PennyLane does: numbers, and a measurement of all qubits."""
    import pennylane as qml

    def apply() -> None:
        a, b, x, y = VALUES.values()
        for wire in range(3):
            qml.Hadamard(wire)
        qml.AngleEmbedding([x, y, x * y], wires=range(3))
        qml.Rot(a, b, x, wires=0)
        qml.CRX(a, wires=[0, 1])
        qml.ControlledPhaseShift(b, wires=[1, 2])
        qml.IsingXX(x, wires=[0, 2])
        qml.IsingZZ(y, wires=[1, 2])
        qml.Toffoli(wires=[0, 1, 2])
        qml.adjoint(qml.S(1))
        qml.ISWAP(wires=[0, 1])
        qml.U3(a, b, x, wires=2)
        qml.StronglyEntanglingLayers(
            [[[0.1 * (i + j + k) for k in range(3)] for j in range(3)] for i in range(2)],
            wires=range(3),
        )

    @qml.qnode(qml.device("default.qubit", wires=3))
    def evaluate() -> Any:
        apply()
        letters = (qml.PauliZ, qml.PauliX, qml.PauliY)
        return [qml.expval(letter(wire)) for letter in letters for wire in range(3)]

    with qml.tape.QuantumTape() as tape:
        apply()
    return tape.to_openqasm(rotations=False), {}, [float(value) for value in evaluate()]


def export_pytket() -> Export:
    """Write OpenQASM 2 as pytket does: symbols by their names, in half turns."""
    from pytket.circuit import Circuit
    from pytket.pauli import Pauli, QubitPauliString
    from pytket.qasm import circuit_to_qasm_str
    from sympy import Symbol

    a, b, x, y = (Symbol(name) for name in VALUES)
    circuit = Circuit(3)
    for qubit in range(3):
        circuit.H(qubit)
    circuit.Rx(x * a, 0).Ry(y, 1).Rz(b + 0.5, 2)
    circuit.CX(0, 1).CZ(1, 2).CRz(a, 0, 2).CU1(b, 1, 2).ZZPhase(x * y, 0, 1)
    circuit.U3(a, b, x, 2).CCX(0, 1, 2).SX(0).Tdg(1).SWAP(0, 2)
    text = circuit_to_qasm_str(circuit, header="qelib1", maxwidth=40)
    bound = circuit.copy()
    bound.symbol_substitution({Symbol(name): value for name, value in VALUES.items()})
    state = bound.get_statevector()
    values = [
        float(QubitPauliString(qubit, pauli).state_expectation(state, bound.qubits).real)
        for pauli in (Pauli.Z, Pauli.X, Pauli.Y)
        for qubit in bound.qubits
    ]
    return text, VALUES, values


EXPORTERS: dict[str, tuple[str, Callable[[], Export]]] = {
    "qiskit_2": ("qiskit", export_qiskit_2),
    "qiskit_3": ("qiskit", export_qiskit_3),
    "pennylane": ("pennylane", export_pennylane),
    "pytket": ("pytket", export_pytket),
}


def record_originals(page: Path) -> dict[str, Any]:
    """Run what a page shows of PennyLane and Qiskit, and return ``original`` of each block."""
    recorded = {}
    for package, code in _FENCE.findall(page.read_text(encoding="utf-8")):
        with TemporaryDirectory() as folder, contextlib.chdir(folder):  # type: ignore[attr-defined]
            names = _run(code)
            files = {path.name: path.read_text(encoding="utf-8") for path in Path().iterdir()}
        recorded[hashlib.sha256(code.encode()).hexdigest()] = {
            "written_by": f"{package} {version(package)}",
            "original": names["original"].tolist(),
            "files": files,
        }
    return recorded


def _run(code: str) -> dict[str, Any]:
    """Run a block of a page as a program of its own, and return what it defines."""
    with TemporaryDirectory() as folder:
        program = Path(folder) / "block.py"
        program.write_text(code, encoding="utf-8")
        return runpy.run_path(str(program))


def main() -> None:
    """Write the files."""
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder of the files")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    numbers = {}
    for name, (package, export) in EXPORTERS.items():
        text, symbols, expectations = export()
        (folder / f"{name}.qasm").write_text(text, encoding="utf-8")
        numbers[name] = {
            "written_by": f"{package} {version(package)}",
            "symbols": symbols,
            "expectations": expectations,
        }
    for name, data in (("numbers", numbers), ("originals", record_originals(PAGE))):
        text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
