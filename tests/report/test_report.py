from __future__ import annotations

import json
import subprocess
import sys

import pytest

from qslc.report.compilation.data import cost_encoder, make_report, write_report
from tests.report.report_samples import FIDELITY, NOISE, SPEC, stages

METRICS = {
    "qubits",
    "depth",
    "two_qubit_depth",
    "two_qubit_gates",
    "one_qubit_gates",
    "parameters",
}


def spec(qubits: int, **encoder):
    return SPEC.model_copy(
        update={
            "qubits": qubits,
            "encoder": type(SPEC)
            .model_validate(
                SPEC.model_dump(by_alias=True, exclude_none=True)
                | {"qubits": qubits, "encoder": encoder}
            )
            .encoder,
        }
    )


def test_the_keys_of_the_contract():
    data = make_report(stages())
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
    data = make_report(stages())
    assert data["logical"]["two_qubit_gates"] == 2
    assert data["physical"]["two_qubit_gates"] == 4
    assert data["weights"] == ["theta_0", "theta_1", "theta_2"]
    assert data["dead_weights"] == ["theta_2"]
    assert data["optimised"]["parameters"] == 2
    assert data["device"] == {"name": "grid 2x2", "qubits": 4, "edges": 4, "gates": ["cz"]}


def test_the_alternatives():
    chosen, *_, skipped = make_report(stages())["alternatives"]
    assert chosen == {
        "verdict": "chosen",
        "method": "route",
        "note": "1 swap",
        "two_qubit_depth": 4,
        "two_qubit_gates": 4,
        "cost": 64,
    }
    assert (skipped["verdict"], skipped["two_qubit_depth"], skipped["cost"]) == (
        "skipped",
        None,
        None,
    )


def test_noise_gives_the_chance_of_a_run_without_error():
    assert make_report(stages())["error_free"] is None
    assert make_report(stages(noise=NOISE))["error_free"] == pytest.approx(0.75 * 0.5 * 0.5)


def test_the_fidelity_of_both_placements_and_the_objective():
    assert make_report(stages())["estimated_fidelity"] is None
    data = make_report(stages(fidelity=FIDELITY))
    assert data["estimated_fidelity"] == {"first_found": 0.125, "chosen": 0.25}
    assert data["objective"] == "depth"


def test_the_error_budget_multiplies_to_the_fidelity():
    assert make_report(stages())["error_budget"] is None
    budget = make_report(stages(fidelity=FIDELITY))["error_budget"]
    assert budget["circuit"] == 0.25
    assert budget["state_preparation"] == {
        "gates": 6,
        "error": 0.2,
        "survival": pytest.approx(0.8**6),
    }
    assert budget["total"] == pytest.approx(0.25 * 0.8**6)


def test_the_baseline_is_the_plain_compile():
    assert make_report(stages(fits=False))["baseline"] is None
    data = make_report(stages(fidelity=FIDELITY))
    assert set(data["baseline"]) == METRICS | {"level", "estimated_fidelity"}
    assert (data["baseline"]["level"], data["baseline"]["estimated_fidelity"]) == (0, 0.1)


def test_json_holds_the_same_report():
    data = make_report(stages(noise=NOISE))
    text = write_report(data)
    assert json.loads(text) == data
    assert text.endswith("}\n")
    assert text.splitlines()[-2].startswith(' "drawings": {"device":')


@pytest.mark.parametrize(
    ("features", "pad", "cnots"),
    [(1, "zero", 0), (2, "zero", 0), (3, "zero", 2), (8, "zero", 6), (8, "bias", 14)],
)
def test_state_preparation_is_a_tree_of_controlled_rotations(features, pad, cnots):
    cost = cost_encoder(spec(5, kind="amplitude", features=features, pad=pad))
    assert (cost.two_qubit_gates, cost.two_qubit_depth, cost.in_circuit) == (cnots, cnots, False)


def test_gpt2_width_costs_a_thousand_gates():
    assert cost_encoder(spec(10, kind="amplitude", features=768)).two_qubit_gates == 1022


def test_iqp_costs_two_cz_for_each_pair_of_features():
    cost = cost_encoder(spec(3, kind="iqp", repeats=2))
    assert (cost.two_qubit_gates, cost.two_qubit_depth, cost.in_circuit) == (12, 12, True)


@pytest.mark.parametrize("kind", ["angle", "none"])
def test_other_encoders_need_no_two_qubit_gate(kind):
    assert cost_encoder(spec(3, kind=kind)).two_qubit_gates == 0


def test_rendering_a_report_again_imports_neither_cirq_nor_sympy():
    code = (
        "import sys; import qslc.report.compilation.views; "
        "print([m for m in ('cirq', 'sympy', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
