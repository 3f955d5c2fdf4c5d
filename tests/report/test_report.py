from __future__ import annotations

import json
import subprocess
import sys

import pytest

from qslc.report.compilation.data import make_report, write_report
from qslc.report.compilation.encoder import cost_encoder
from qslc.spec.model import Spec
from tests.report.report_samples import FIDELITY, NOISE, SPEC, make_stages

METRICS = {"qubits", "depth", "two_qubit_depth", "two_qubit_gates"}
METRICS |= {"one_qubit_gates", "parameters"}


def test_the_keys_of_the_contract():
    data = make_report(make_stages())
    assert {"logical", "physical", "encoder", "passes", "layout", "observables"} <= set(data)
    assert set(data["logical"]) == set(data["physical"]) == METRICS
    assert set(data["passes"][0]) == {"name", "before", "after", "seconds", "note"}
    assert data["layout"]["start"]["0"] == "q(0, 0)"
    assert data["layout"]["end"]["0"] == "q(1, 0)"
    assert data["observables"][1] == {
        "logical": "Z1",
        "physical": {"q(0, 1)": "Z", "q(1, 0)": "Z"},
        "sign": -1,
    }
    assert data["verification"]["verdict"] == "equal"


def test_the_numbers():
    data = make_report(make_stages())
    assert data["logical"]["two_qubit_gates"] == 2
    assert data["physical"]["two_qubit_gates"] == 4
    assert data["weights"] == ["theta_0", "theta_1", "theta_2"]
    assert data["dead_weights"] == ["theta_2"]
    assert data["optimised"]["parameters"] == 2
    assert data["device"] == {"name": "grid 2x2", "qubits": 4, "edges": 4, "gates": ["cz"]}


def test_the_alternatives():
    chosen, *_, skipped = make_report(make_stages())["alternatives"]
    keys = ("verdict", "method", "note", "two_qubit_depth", "two_qubit_gates", "cost")
    assert chosen == dict(zip(keys, ("chosen", "route", "1 swap", 4, 4, 64), strict=True))
    assert [skipped[key] for key in (keys[0], *keys[3:])] == ["skipped", None, None, None]


def test_noise_gives_the_chance_of_a_run_without_error():
    assert make_report(make_stages())["error_free"] is None
    assert make_report(make_stages(noise=NOISE))["error_free"] == pytest.approx(0.75 * 0.5 * 0.5)


def test_the_fidelity_of_both_placements_and_the_objective():
    assert make_report(make_stages())["estimated_fidelity"] is None
    data = make_report(make_stages(fidelity=FIDELITY))
    assert data["estimated_fidelity"] == {"first_found": 0.125, "chosen": 0.25}
    assert data["objective"] == "depth"


def test_the_error_budget_multiplies_to_the_fidelity():
    assert make_report(make_stages())["error_budget"] is None
    budget = make_report(make_stages(fidelity=FIDELITY))["error_budget"]
    assert budget["circuit"] == 0.25
    assert budget["state_preparation"] == {
        "gates": 6,
        "error": 0.2,
        "survival": pytest.approx(0.8**6),
    }
    assert budget["total"] == pytest.approx(0.25 * 0.8**6)


def test_the_baseline_is_the_plain_compile():
    assert make_report(make_stages(fits=False))["baseline"] is None
    data = make_report(make_stages(fidelity=FIDELITY))
    assert set(data["baseline"]) == METRICS | {"level", "estimated_fidelity"}
    assert (data["baseline"]["level"], data["baseline"]["estimated_fidelity"]) == (0, 0.1)


def test_json_holds_the_same_report():
    data = make_report(make_stages(noise=NOISE))
    text = write_report(data)
    assert json.loads(text) == data
    assert text.endswith("}\n")
    assert text.splitlines()[-2].startswith(' "drawings": {"device":')


@pytest.mark.parametrize(
    ("qubits", "encoder", "gates"),
    [
        (5, {"kind": "amplitude", "features": 1, "pad": "zero"}, 0),
        (5, {"kind": "amplitude", "features": 2, "pad": "zero"}, 0),
        (5, {"kind": "amplitude", "features": 3, "pad": "zero"}, 2),
        (5, {"kind": "amplitude", "features": 8, "pad": "zero"}, 6),
        (5, {"kind": "amplitude", "features": 8, "pad": "bias"}, 14),
        (10, {"kind": "amplitude", "features": 768}, 1022),
        (3, {"kind": "iqp", "repeats": 2}, 12),
        (3, {"kind": "angle"}, 0),
        (3, {"kind": "none"}, 0),
    ],
)
def test_what_an_encoder_costs(qubits, encoder, gates):
    """State preparation is a tree of controlled rotations; IQP takes two CZ for each pair."""
    changed = {"qubits": qubits, "encoder": encoder, "device": "line"}
    cost = cost_encoder(Spec.model_validate(SPEC.model_dump(by_alias=True) | changed))
    assert (cost.two_qubit_gates, cost.two_qubit_depth) == (gates, gates)
    assert cost.in_circuit == (encoder["kind"] != "amplitude")


def test_rendering_a_report_again_imports_neither_cirq_nor_sympy():
    code = (
        "import sys; import qslc.report.compilation.views; "
        "print([m for m in ('cirq', 'sympy', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
