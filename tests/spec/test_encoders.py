"""Every entry of ``ENCODERS``: its parts agree, and what it does not know is named."""

from __future__ import annotations

from typing import Any

import pytest

from qslc.spec.encoders import ENCODERS, AmplitudeEncoder
from qslc.spec.expression import find_symbols

OPTIONS: dict[str, dict[str, Any]] = {
    "amplitude": {"features": 5, "pad": "bias"},
    "angle": {"features": 2},
    "iqp": {"repeats": 2},
    "ansatz": {"features": 4},
    "none": {},
}


@pytest.mark.parametrize("name", ENCODERS)
def test_its_gates_are_counted_and_take_its_inputs(name: str) -> None:
    encoder = ENCODERS[name].model_validate({"kind": name, **OPTIONS[name]})
    gates = list(encoder.gates(3))
    assert encoder.count_gates(3) == len(gates)
    taken = {symbol for _, _, angle in gates if angle for symbol in find_symbols(angle)}
    assert taken == (set() if encoder.in_ansatz else set(encoder.inputs(3).angles))


@pytest.mark.parametrize("name", ENCODERS)
def test_it_has_at_most_as_many_features_as_fit_on_any_number_of_qubits(name: str) -> None:
    encoder = ENCODERS[name].model_validate({"kind": name, **OPTIONS[name]})
    for qubits in range(2, 6):
        resized = encoder.resize(qubits)
        assert resized.inputs(qubits).features <= resized.capacity(qubits)


@pytest.mark.parametrize("method", ["inputs", "capacity"])
def test_an_unknown_pad_is_named(method: str) -> None:
    encoder = AmplitudeEncoder.model_construct(kind="amplitude", features=4, pad="ones")
    with pytest.raises(KeyError, match="ones"):
        getattr(encoder, method)(2)
