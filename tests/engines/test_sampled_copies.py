"""Engine sampler with circuits side by side: copies, and variants of mitigation in one sweep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cirq
import numpy as np
import pytest
from qslc_runtime import engines
from qslc_runtime.sampling import SamplerError

from tests.engines.exact import compute_p_value
from tests.sampling.fakes import NOISE, Fake, create, draw, load

pytestmark = pytest.mark.slow

MEASURE = '[z, "X0*Y1", "Y2"]'


def compute_ideal(cls: Any, x: Any, theta: Any) -> Any:
    return np.asarray(engines.create("native", cls, {}).expectations(x, theta))


def test_copies_side_by_side_measure_tokens_of_their_own(tmp_path: Path) -> None:
    cls = load(tmp_path, device="{grid: [3, 3]}", measure=MEASURE)
    x, theta = draw(cls, 5)
    exact = compute_ideal(cls, x, theta)
    for copies, rows in ((2, 3), ("auto", 2)):
        sampler = Fake()
        engine = create(cls, sampler, shots=2000, copies=copies)
        assert compute_p_value(engine.expectations(x, theta), exact, 2000) > 1e-4
        assert {size for size, _ in sampler.calls} == {rows}
    estimate = engine.estimate(5)
    assert (estimate.copies, estimate.runs) == (3, 2 * estimate.settings * 2000)
    assert "jobs, 3 copies side by side, " in str(estimate)
    with pytest.raises(ValueError, match="copies=4, but the chip has room for 3 beside each other"):
        create(cls, "simulator", copies=4)


def test_copies_need_couplers_and_known_noise(tmp_path: Path) -> None:
    cls = load(tmp_path / "line", device="line")
    with pytest.raises(ValueError, match="copies='auto' needs the couplers of the chip"):
        create(cls, "simulator", copies="auto")
    noisy = load(tmp_path / "noisy", device="{grid: [3, 3]}", noise=NOISE)
    with pytest.raises(SamplerError, match=r"the noise of q\(.*\) is not known; pass copies=1"):
        create(noisy, "noisy", copies=2).expectations(*draw(noisy))


class Misreader(Fake):
    """A chip that reads the ones of each qubit as zeros with another probability."""

    def run_sweep(
        self, program: cirq.AbstractCircuit, params: Any, repetitions: int = 1
    ) -> Sequence[cirq.Result]:
        def spoil(result: cirq.Result, rng: Any) -> cirq.Result:
            bits = {}
            for op in program[-1]:
                key = cirq.measurement_key_name(op)
                rates = [0.02 + 0.04 * (3 * q.row + q.col) for q in op.qubits]
                read = result.measurements[key]
                bits[key] = read * (rng.random(read.shape) > rates)
            return cirq.ResultDict(params=result.params, measurements=bits)

        results = super().run_sweep(program, params, repetitions)
        rng = np.random.default_rng(len(self.calls))
        return [spoil(result, rng) for result in results]


def test_errors_of_reading_are_known_for_each_copy(tmp_path: Path) -> None:
    cls = load(tmp_path / "layer", device="{grid: [3, 3]}", measure=MEASURE)
    x, theta = draw(cls, 12)
    ideal, record = compute_ideal(cls, x, theta), tmp_path / "jobs.jsonl"
    options = {"shots": 2000, "copies": 3, "record": record}
    confusion = {**options, "mitigation": {"readout": "confusion"}}
    engine = create(cls, Misreader(), **confusion)
    values = engine.expectations(x, theta)
    raw = create(cls, Misreader(), **options).expectations(x, theta)
    errors = [np.sqrt(np.mean((found - ideal) ** 2)) for found in (values, raw)]
    assert errors[0] < 0.05 < 0.09 < errors[1]
    del engine
    again = Misreader()
    engine = create(cls, again, **confusion)
    np.testing.assert_array_equal(engine.expectations(x, theta), values)
    assert again.calls == []


def test_twirled_circuits_are_one_sweep(tmp_path: Path) -> None:
    cls = load(tmp_path, noise=NOISE, measure=MEASURE, depth=2)
    x, theta = draw(cls, 5)
    sampler = Fake()
    engine = create(cls, sampler, shots=2000, mitigation={"twirling": 4})
    estimate = engine.estimate(5)
    assert (estimate.jobs, estimate.settings, estimate.shots) == (3, 3, 3 * 5 * 2000)
    values = engine.expectations(x, theta)
    assert sampler.calls == [(4 * 5, 500)] * 3
    assert compute_p_value(values, compute_ideal(cls, x, theta), 2000) > 1e-4
    assert engine.estimate(x, theta).jobs == 0
