"""The predicted cost of a schedule."""

from __future__ import annotations

from typing import Any

from qslc.lower.logical import lower_to_logical
from qslc.simulate.cost import Cost, estimate_cost
from qslc.simulate.schedule import schedule
from tests.layer.layer_programs import ansatz, make_spec


def predict_cost(**parts: Any) -> Cost:
    spec = make_spec(**parts)
    return estimate_cost(schedule(lower_to_logical(spec)), spec.qubits, 6)


def test_a_block_is_a_matrix_product() -> None:
    """4 + 2 * 8 operations for each of 6 features; 3 observables of 8 amplitudes."""
    block = {"depth": 1, "rotations": ["ry"], "entangler": "none"}
    assert predict_cost(ansatz=block) == Cost(20 * 6 + (2 * 3 + 2) * 8, passes=2, state_bytes=32)


def test_a_complex_circuit_takes_twice_the_memory_and_four_products() -> None:
    real, pair = (predict_cost(qubits=9, ansatz=ansatz(3, gate)) for gate in ("ry", "rx"))
    assert pair.state_bytes == 2 * real.state_bytes
    assert 2.5 < pair.operations / real.operations < 4
