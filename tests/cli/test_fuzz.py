"""Any spec: either the whole artifact, verified, or diagnostics. Never anything else."""

from __future__ import annotations

import ast
import json
from typing import Any

import cirq
import pytest
from hypothesis import given, settings

from qslc.ir.settings import group_settings
from qslc.pipeline import FILES, build_artifact, compile_spec
from qslc.spec import parse
from tests.spec.strategies import specs

pytestmark = pytest.mark.slow


@settings(max_examples=60)
@given(data=specs(max_qubits=5, max_depth=2))
def test_a_valid_spec_gives_the_artifact(data: dict[str, Any]) -> None:
    stages = compile_spec(parse(json.dumps(data)))
    report, files = build_artifact(stages)
    assert {*FILES} <= {*files}
    extra = {name.split(".")[0].split("_")[0] for name in {*files} - {*FILES}}
    wanted = {key for key in ("device", "fallback") if report.get(f"{key}_circuit")}
    read = group_settings(stages.physical.observables, stages.device.coordinates)
    if not wanted and len(read) > 1:
        wanted = {"physical"}
    assert extra == wanted
    assert report["verification"]["verdict"] == "equal"
    ast.parse(files["layer.py"])
    device_edges = {frozenset(edge) for edge in stages.device.edges}
    for op in stages.physical.operations:
        assert len(op.qubits) == 1 or frozenset(op.qubits) in device_edges
        assert len(op.qubits) == 1 or op.gate in stages.device.gates
    physical = cirq.read_json(json_text=files["physical.json"])
    count = sum(len(op.qubits) == 2 for op in physical.all_operations())
    assert count == report["physical"]["two_qubit_gates"]
    if "place" in {step.name for step in stages.steps}:
        for key in ("two_qubit_gates", "two_qubit_depth"):
            assert report["physical"][key] <= report["logical"][key]
