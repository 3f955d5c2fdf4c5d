"""A compile for each objective, as the report tells it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from qslc.lower.placement.relocation import predict_error
from qslc.pipeline import build_artifact, compile_spec
from qslc.spec import sublayer
from qslc.spec.gates import cz, ry
from tests.cli.conftest import Run


def report(objective: str, level: int = 1, **device: object) -> dict:
    builder = sublayer("small", 6).angle().layers(2, pattern="star")
    placed = builder.on(**device) if device else builder.on("rainbow")
    spec = placed.optimize(level=level, objective=objective).spec()
    return build_artifact(compile_spec(spec))[0]


@pytest.mark.parametrize("objective", ["depth", "gates", "fidelity"])
def test_good_qubits_are_chosen_whatever_the_objective(objective: str) -> None:
    data = report(objective)
    estimated = data["estimated_fidelity"]
    assert data["objective"] == objective
    assert 0 < estimated["first_found"] < estimated["chosen"] < 1
    assert data["passes"][-1]["name"] == "good qubits"
    assert data["passes"][-1]["before"] == data["passes"][-1]["after"]
    assert data["verification"]["verdict"] == "equal"


@pytest.mark.parametrize(("qubits", "blocks"), [(6, 3), (5, 3)])
def test_fidelity_predicts_no_more_error_than_depth_or_gates(qubits: int, blocks: int) -> None:
    """On 6 qubits the least error is that of the fewest gates, on 5 that of the least depth."""
    errors = {}
    for objective in ("depth", "gates", "fidelity"):
        builder = sublayer("dense", qubits).angle().on("aachen")
        dense = builder.block(ry("all", "theta"), cz("all_to_all"), repeat=blocks).measure("z")
        stages = compile_spec(dense.optimize(level=2, objective=objective).spec())
        errors[objective] = predict_error(stages.physical, stages.device)
    assert errors["fidelity"] <= min(errors.values())
    assert (errors["gates"] < errors["depth"]) == (qubits == 6)


def test_level_0_stays_where_it_is() -> None:
    estimated = report("fidelity", level=0)["estimated_fidelity"]
    assert estimated["first_found"] == estimated["chosen"]


def test_a_calibrated_chain_avoids_its_bad_end() -> None:
    errors = [0.2, 0.2, 0.2, *[0.005] * 8]
    calibration = {"two_qubit": errors, "readout": [[0.01, 0.02]] * 12}
    edges = [[i, i + 1] for i in range(11)]
    data = report("fidelity", edges=edges, calibration=calibration)
    assert set(data["layout"]["end"].values()) <= {f"q({i})" for i in range(3, 12)}
    assert data["estimated_fidelity"]["chosen"] > 0.5


def test_the_example_is_compiled_for_fidelity(run: Run, tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "calibrated_chip.yaml"
    result = run("compile", example, "-o", tmp_path / "out")
    assert result.status == 0, result.err
    assert re.search(r"^[\d.]+ times the signal of a plain compile$", result.out, re.M)
    assert re.search(r"as written +plain compile +compiled", result.out)
    assert re.search(r"^ estimated fidelity +[\d.]+ % +[\d.]+ %", result.out, re.M)
    layout = json.loads((tmp_path / "out" / "report.json").read_text())["layout"]
    assert "q(0)" not in layout["start"].values()


@pytest.mark.parametrize("objective", ["depth", "gates", "fidelity"])
def test_the_baseline_is_what_level_0_compiles(objective: str) -> None:
    optimized, plain = report(objective, level=2), report(objective, level=0)
    baseline = optimized["baseline"]
    assert baseline == {
        "level": 0,
        **plain["physical"],
        "estimated_fidelity": plain["error_budget"]["circuit"],
    }
    assert plain["baseline"] == baseline
    assert baseline["two_qubit_gates"] > optimized["physical"]["two_qubit_gates"]
    assert baseline["estimated_fidelity"] < optimized["error_budget"]["circuit"]


def test_the_error_budget_multiplies_to_the_estimated_fidelity() -> None:
    data = report("depth")
    product = 1.0
    for source in data["error_budget"]["sources"]:
        product *= source["survival"]
    assert product == pytest.approx(data["estimated_fidelity"]["chosen"], rel=1e-12)
    assert data["error_budget"]["state_preparation"] is None


def test_the_objective_of_the_plain_compile_needs_no_calibration() -> None:
    data = report("depth", edges=[[i, i + 1] for i in range(6)])
    assert data["estimated_fidelity"] is None
    assert data["error_budget"] is None
    assert data["baseline"]["estimated_fidelity"] is None
