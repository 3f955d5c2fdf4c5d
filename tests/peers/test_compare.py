"""Comparisons with another compiler, which a script stands in for."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qslc.diagnostics import InputError
from qslc.peers import qiskit
from qslc.peers.command import AWARE, ORDINARY, compare
from qslc.spec import gates
from qslc.spec.dsl import sublayer
from qslc.spec.model import Spec
from tests.cli.conftest import Run, run  # noqa: F401 - a fixture

AS_IT_IS = """
import json, sys
task = json.load(sys.stdin)
found = []
for circuit in task["circuits"]:
    for seed in task["seeds"]:
        places = [(seed + q) % task["device"]["qubits"] for q in range(circuit["qubits"])]
        operations = [[n, [places[q] for q in on], a] for n, on, a in circuit["operations"]]
        found.append({"name": circuit["name"], "seed": seed, "operations": operations,
                      "start": places, "end": places})
"""
ANSWER = 'json.dump({"version": "9.9", "compiled": found}, sys.stdout)\n'
WRONG = """
for each in found:
    if each["name"] != "Qiskit" or each["seed"] != 3:
        each["operations"].pop(0)
"""


@pytest.fixture
def python(tmp_path: Path) -> Callable[[str], Path]:
    def make(code: str) -> Path:
        script, path = tmp_path / "peer.py", tmp_path / "python"
        script.write_text(code)
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}"\n')
        path.chmod(0o755)
        return path

    return make


def make_spec(*measured: str, device: str = "ring", noisy: bool = True) -> Spec:
    layer = sublayer("case", qubits=4).angle()
    layer = layer.layers(depth=2, rotations=["ry", "rz"], entangler="cz", pattern="linear")
    layer = layer.measure(*measured).on(device).optimize(1)
    if noisy:
        layer = layer.noise(depolarizing={"1q": 0.001, "2q": 0.02}, dephasing=0.004)
    return layer.spec()


YAML = """\
qslc: 1
name: case
qubits: 3
encoder: {kind: angle}
ansatz: {depth: 1, entangler: {gate: cz, pattern: linear}}
device: ring
noise: {depolarizing: {2q: 0.02}, readout: {p01: 0.01, p10: 0.02}}
"""


@pytest.mark.parametrize("measured", [("z",), ("X0", "Y1*Z2"), ("X0", "Y0")])
def test_ways_are_told_by_what_is_left(python, measured: tuple[str, ...]) -> None:
    found = compare(make_spec(*measured), python(AS_IT_IS + ANSWER))
    ways = {each["way"]: each for each in found["ways"]}
    assert list(ways) == ["qslc", "plain", ORDINARY, AWARE]
    assert (found["qiskit"], found["method"]) == ("9.9", "exact")
    # A chain lies on a ring as it is written, wherever it begins.
    assert ways[ORDINARY]["two_qubit_gates"] == ways["plain"]["two_qubit_gates"] == 6
    for key in ("signal", "error"):
        assert ways[ORDINARY][key] == pytest.approx(ways["plain"][key], rel=1e-6)
    assert ways["qslc"]["shots"] == 1
    for each in ways.values():
        assert each["shots"] == pytest.approx((ways["qslc"]["signal"] / each["signal"]) ** 2)


def test_what_is_not_equal_does_not_count(python) -> None:
    found = compare(make_spec("z"), python(AS_IT_IS + WRONG + ANSWER))
    assert [(each["way"], each["seed"]) for each in found["ways"]][2:] == [(ORDINARY, 3)]


def test_gates_that_qiskit_lacks_are_taken_apart(python) -> None:
    layer = (
        sublayer("case", qubits=2).angle().block(gates.sqrt_iswap([(0, 1)]), gates.ry("all", "t"))
    )
    spec = layer.measure("z").on("line").noise(dephasing=0.01).spec()
    known = 'assert "sqrt_iswap" not in json.dumps(task)\n'
    ways = {each["way"]: each for each in compare(spec, python(AS_IT_IS + known + ANSWER))["ways"]}
    assert ways[ORDINARY]["two_qubit_gates"] == 2


def test_without_qiskit_the_command_says_what_to_install(run: Run, tmp_path, monkeypatch) -> None:  # noqa: F811
    path = tmp_path / "case.yaml"
    path.write_text(YAML)
    monkeypatch.setattr(qiskit, "find_spec", lambda _: None)
    result = run("compare", path)
    assert result.status == 1
    assert "Qiskit is not installed" in result.err
    assert "pip install qiskit" in result.err
    assert "--python PATH" in result.err


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("raise ModuleNotFoundError(\"No module named 'qiskit'\")", "has no Qiskit"),
        ("raise ValueError('too old')", "Qiskit failed in .*too old"),
        ("print('Python 3')", "does not answer"),
    ],
)
def test_a_python_without_qiskit(python, code: str, text: str) -> None:
    with pytest.raises(InputError, match=text):
        compare(make_spec("z"), python(code))


def test_what_cannot_be_compared() -> None:
    with pytest.raises(InputError, match="cannot be run: No such file"):
        compare(make_spec("z"), Path("/nowhere/python"))
    with pytest.raises(InputError, match="nothing is known of the errors"):
        compare(make_spec("z", noisy=False))


def test_a_comparison_on_the_terminal(run: Run, tmp_path, python) -> None:  # noqa: F811
    path = tmp_path / "case.yaml"
    path.write_text(YAML)
    result = run("compare", path, "--python", python(AS_IT_IS + ANSWER))
    assert result.status == 0
    for text in ("case on ring", "plain compile", "Qiskit 9.9, aware", "signal", "shots"):
        assert text in result.out
    printed = run("compare", path, "--json", "--python", python(AS_IT_IS + ANSWER)).out
    assert json.loads(printed)["device"] == "ring"


def test_qiskit_itself() -> None:
    pytest.importorskip("qiskit")
    ways = {each["way"]: each for each in compare(make_spec("z", "X0*Z1"))["ways"]}
    assert {ORDINARY, AWARE} <= set(ways)
