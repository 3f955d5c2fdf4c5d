"""The text of layer.py: golden files, format, size and names."""

from __future__ import annotations

import ast
import difflib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from qslc.codegen.source import generate_layer, make_class_name
from qslc.ir.program import Program
from qslc.lower.logical import lower_to_logical
from qslc.spec.model import Spec
from tests.layer.layer_programs import ansatz, make_spec

GOLDEN = Path(__file__).parents[1] / "golden" / "layers"
ROOT = Path(__file__).parents[2]

BLOCK = [
    {"ry": {"on": "all", "angle": "theta"}},
    {"rz": {"on": [1, 2], "angle": "2*phi + pi/4"}},
    {"crx": {"on": [[0, 1]], "angle": "theta"}},
    {"ryy": {"on": "linear", "angle": "phi"}},
    {"t": {"on": [0]}},
]
SPECS: dict[str, Spec] = {
    "gpt2_qv": make_spec(
        name="gpt2_qv",
        qubits=10,
        encoder={"kind": "amplitude", "features": 768},
        ansatz=ansatz(4, "ry"),
        device="weber",
    ),
    "angle_brick": make_spec(
        name="angle_brick",
        qubits=4,
        encoder={"kind": "angle", "features": 3, "project": "learned"},
        ansatz=ansatz(2, "rx", "rz", gate="cz", pattern="brick", final_rotations=True),
        measure="zz",
        device={"grid": [2, 2]},
    ),
    "iqp_star": make_spec(
        name="iqp_star",
        encoder={"kind": "iqp", "repeats": 2, "project": {"slice": [2, 5]}},
        ansatz={"depth": 1, "entangler": {"gate": "cnot", "pattern": "star"}},
        measure=("z", "X0*Y2", "Y1"),
    ),
    "shared_block": make_spec(
        name="shared_block",
        encoder={"kind": "amplitude", "features": 7, "pad": "bias", "project": "orthogonal"},
        ansatz={"repeat": 2, "block": BLOCK},
        measure=("Z0*Z2", "X1", "Z1"),
    ),
    "constant": make_spec(
        name="constant",
        encoder={"kind": "none"},
        ansatz={"block": [{"h": {"on": [0]}}, {"cnot": {"on": "linear"}}]},
        measure=("X0*X1*X2", "Y0"),
    ),
}
AMPLITUDE = {"kind": "amplitude", "features": 4096}
LARGE: dict[str, dict[str, Any]] = {
    "ring": ansatz(8, "ry"),
    "all_to_all": ansatz(8, "ry", pattern="all_to_all"),
    "three_rotations": ansatz(8, "rx", "ry", "rz", gate="cz", pattern="shifted_ring"),
    "crz": ansatz(8, "ry", gate="crz", pattern="all_to_all"),
    "rxx": ansatz(8, "ry", gate="rxx", pattern="all_to_all"),
}


def write_source(spec: Spec) -> str:
    return generate_layer(spec, lower_to_logical(spec), "0.0.0")


def ruff(folder: Path, *arguments: str) -> str:
    """Return what ruff says about the files of a folder; nothing when it is content."""
    config = ("--config", str(ROOT / "pyproject.toml"), "--no-cache")
    command = [sys.executable, "-m", "ruff", *arguments, *config, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("name", SPECS)
def test_golden_layer(name: str) -> None:
    path, text = GOLDEN / f"{name}.py", write_source(SPECS[name])
    if os.environ.get("QSLC_UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    before = path.read_text(encoding="utf-8").splitlines()
    assert not list(difflib.unified_diff(before, text.splitlines(), lineterm=""))


def test_generated_files_pass_ruff(tmp_path: Path) -> None:
    for name, spec in SPECS.items():
        (tmp_path / f"{name}.py").write_text(write_source(spec), encoding="utf-8")
    for name, large in LARGE.items():
        text = write_source(make_spec(qubits=12, ansatz=large, measure="zz"))
        (tmp_path / f"large_{name}.py").write_text(text, encoding="utf-8")
    assert ruff(tmp_path, "check") == ""
    assert ruff(tmp_path, "format", "--diff") == ""


@pytest.mark.parametrize(
    "parts",
    [
        *({"encoder": AMPLITUDE, "ansatz": large} for large in LARGE.values()),
        {"encoder": {"kind": "iqp", "repeats": 2}},
    ],
    ids=[*LARGE, "iqp"],
)
def test_a_large_circuit_is_some_hundred_lines(parts: dict[str, Any]) -> None:
    assert len(write_source(make_spec(qubits=12, **parts)).splitlines()) < 400


def test_a_circuit_too_large_to_simulate_has_no_expectations() -> None:
    spec = make_spec(qubits=21, encoder={"kind": "angle"})
    tree = ast.parse(write_source(spec))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert "OBSERVABLES" in write_source(spec)


def test_the_same_spec_gives_the_same_text() -> None:
    for spec in SPECS.values():
        assert write_source(spec) == write_source(
            Spec.model_validate(spec.model_dump(by_alias=True))
        )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gpt2_qv", "Gpt2Qv"),
        ("a", "A"),
        ("none", "NoneLayer"),
        ("true", "TrueLayer"),
        ("exception", "ExceptionLayer"),
        ("quantum_sublayer", "QuantumSublayerLayer"),
        ("tensor", "TensorLayer"),
        ("x__y_", "XY"),
    ],
)
def test_class_names_shadow_nothing(name: str, expected: str) -> None:
    assert make_class_name(name) == expected


def test_names_of_weights_stay_inside_strings() -> None:
    """A spec that passed the checks has no such name; the text would be safe even so."""
    evil = '"""\nraise SystemExit  # '
    program = lower_to_logical(make_spec())
    weights = (evil, *program.weights[1:])
    renamed = Program(program.qubits, (), program.observables, weights, start="any")
    text = generate_layer(make_spec(), renamed, "0.0.0")
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Raise)]
