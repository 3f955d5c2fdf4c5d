from __future__ import annotations

from math import exp, sqrt

import pytest

from qslc.spec.noise import Channels, build_noise
from qslc.targets.device import Device
from qslc.targets.error_budget import make_error_budget
from qslc.targets.fidelity import estimate_fidelity
from tests.targets.test_fidelity import LINE, program

CIRCUIT = program("h 0", "cz 0 1", "h 1", "h 1")
UNKNOWN = Device("line of three", LINE.coordinates, LINE.edges)
NOISE = build_noise(
    Channels.model_validate(
        {
            "depolarizing": {"1q": 0.01, "2q": 0.1},
            "amplitude_damping": 0.19,
            "readout": {"p01": 0.02, "p10": 0.06},
        }
    ),
    UNKNOWN,
)


def survivals(budget) -> dict[str, float]:
    return {source.source: source.survival for source in budget.sources}


def test_each_source_by_hand():
    budget = make_error_budget(CIRCUIT, LINE, None)
    assert survivals(budget) == {
        "one-qubit gates": pytest.approx((1 - 0.001) * (1 - 0.002) ** 2),
        "two-qubit gates": pytest.approx(1 - 0.01),
        # Qubit 0 waits for 2 * 20 ns, with lifetimes of 10 and 5 microseconds.
        "idle qubits": pytest.approx(exp(-0.04 * (1 / 10 + 2 / 5) / 4)),
        "readout": pytest.approx(1 - 0.03),
    }
    amounts = [(source.amount, source.unit) for source in budget.sources]
    assert amounts == [(3, "gates"), (1, "gates"), (40.0, "ns"), (1, "qubits")]
    assert budget.two_qubit_error == pytest.approx(0.01)


def test_the_sources_multiply_to_the_estimated_fidelity():
    budget = make_error_budget(CIRCUIT, LINE, NOISE)
    assert budget.survival == pytest.approx(estimate_fidelity(CIRCUIT, LINE), rel=1e-12)
    assert budget.basis == "by hand"


def test_stated_noise_takes_the_place_of_a_calibration():
    budget = make_error_budget(CIRCUIT, UNKNOWN, NOISE)
    twirled = 1 - (0.5 + 0.19 / 4 - sqrt(0.81) / 2)
    assert budget.basis == "spec"
    assert survivals(budget) == {
        "one-qubit gates": pytest.approx(0.99**3),
        "two-qubit gates": pytest.approx(0.9),
        "amplitude damping": pytest.approx(twirled ** (2 * 4)),  # two qubits, four moments
        "readout": pytest.approx(1 - 0.04),
    }


def test_without_two_qubit_gates_their_error_is_that_of_all_couplers():
    mean_loss = make_error_budget(program("h 0"), LINE, None).two_qubit_error
    assert mean_loss == pytest.approx(1 - sqrt((1 - 0.01) * (1 - 0.25)))
    assert make_error_budget(program("h 0"), UNKNOWN, NOISE).two_qubit_error == pytest.approx(0.1)


def test_nothing_known_is_no_budget():
    assert make_error_budget(CIRCUIT, UNKNOWN, None) is None
