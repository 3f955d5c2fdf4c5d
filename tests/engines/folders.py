"""Artifact folders written by hand: any noise, and a placement that permutes the qubits."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import cirq
from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.rotations import decompose

from qslc.export.cirq_circuit import to_circuit
from qslc.ir.program import Program
from qslc.lower.logical import lower_to_logical
from qslc.spec.model import Spec, digest


def spec(encoder: Any, ansatz: Any, measure: Any = "z", qubits: int = 3) -> Spec:
    return Spec.model_validate(
        {
            "qslc": 1,
            "name": "test",
            "qubits": qubits,
            "encoder": encoder,
            "ansatz": ansatz,
            "measure": measure,
        }
    )


def folder(path: Path, of: Spec, noise: Any = None) -> Path:
    """Write the folder: logical qubit i is the device qubit (0, n - i); (0, 0) is a spectator."""
    path.mkdir(exist_ok=True)
    program = lower_to_logical(of)
    logical = to_circuit(program)
    places = [cirq.GridQubit(0, of.qubits - i) for i in range(of.qubits)]
    moved = dict(zip(cirq.LineQubit.range(of.qubits), places, strict=True))
    gates = [op for op in decompose(logical, of.qubits).all_operations() if op.gate != cirq.I]
    physical = cirq.Circuit(gates).transform_qubits(moved)
    files = {"logical.json": cirq.to_json(logical), "physical.json": cirq.to_json(physical)}
    report = _report(of, program, places, noise)
    write(path, of, files, report)
    return path


def write(path: Path, of: Spec, files: dict[str, str], report: Any) -> None:
    files = {**files, "report.json": json.dumps(report, indent=1)}
    digests = {name: _sha256(text) for name, text in files.items()}
    digests["report.json"] = _sha256(json.dumps(report, sort_keys=True, separators=(",", ":")))
    manifest = {"spec": digest(of), "files": digests}
    for name, text in {**files, "manifest.json": json.dumps(manifest)}.items():
        (path / name).write_text(text)


def layer(artifact: Artifact) -> type:
    """Return a stand-in for the generated class: engines look at its digest alone."""
    return type("Test", (), {"DIGEST": artifact.digest})


def _report(of: Spec, program: Program, places: list[cirq.GridQubit], noise: Any) -> Any:
    layout = {str(i): str(place) for i, place in enumerate(places)}
    return {
        "spec": of.model_dump(mode="json", by_alias=True, exclude_none=True),
        "weights": list(program.weights),
        "layout": {"start": layout, "end": layout},
        "observables": [
            {
                "logical": str(o),
                "physical": {str(places[qubit]): pauli for qubit, pauli in o.paulis},
                "sign": o.sign,
            }
            for o in program.observables
        ],
        "noise": noise,
        "seconds": 0.0,
    }


def _sha256(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
