"""The check for large programs accepts what every optimization level makes of small ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from qslc.passes import PASSES, run
from qslc.verify.operators import operator_deviation
from tests.passes.pass_programs import programs


@pytest.mark.parametrize("level", PASSES)
@given(before=programs(qubits=4, max_size=25))
@settings(max_examples=60)
def test_observables_stay_equal_as_operators(level, before):
    after, _ = run(before, PASSES[level])
    rng = np.random.default_rng(0)
    assert operator_deviation(before, after, range(before.qubits), 2, rng) < 1e-9
