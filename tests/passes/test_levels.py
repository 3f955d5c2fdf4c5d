from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from qslc.diagnostics import CompilerFaultError
from qslc.ir.decompositions import count_two_qubit_gates
from qslc.ir.metrics import count_levels, count_metrics
from qslc.passes import NATIVE_PASSES, PASSES, Pass, clean_up, run
from qslc.passes.levels import CANCEL_INVERSES, FUSE_ROTATIONS, KNOWN_STATES, LIGHT_CONE
from qslc.verify.operators import compute_operator_deviation
from tests.passes.pass_programs import (
    assert_keeps_expectations,
    circuit,
    op,
    program,
    programs,
)

IDEMPOTENT = (CANCEL_INVERSES, FUSE_ROTATIONS, LIGHT_CONE, KNOWN_STATES)
NATIVE = {"cz", "rx", "ry", "rz", "h", "x", "z", "s", "t"}


def assert_costs_no_more(after, before):
    for name in ("qubits", "depth", "two_qubit_gates", "parameters"):
        assert getattr(count_metrics(after), name) <= getattr(count_metrics(before), name), name
    assert _longest_chain(after) <= _longest_chain(before)


def _longest_chain(measured):
    """Return the moments that two-qubit gates take once a device's are aligned."""
    return count_levels(measured.operations, lambda each: count_two_qubit_gates(each.gate))


@pytest.mark.parametrize("pass_", PASSES[3], ids=lambda pass_: pass_.name)
@given(before=programs())
@settings(max_examples=60)
def test_a_pass_keeps_expectations_and_costs_nothing(pass_, before):
    after = pass_.apply(before)
    assert_keeps_expectations(lambda _: after, before)
    assert_costs_no_more(after, before)
    assert (after.weights, after.inputs) == (before.weights, before.inputs)


@pytest.mark.parametrize("pass_", IDEMPOTENT, ids=lambda pass_: pass_.name)
@given(before=programs())
@settings(max_examples=40)
def test_a_second_run_changes_nothing(pass_, before):
    once = pass_.apply(before)
    assert pass_.apply(once) == once


@pytest.mark.parametrize("level", PASSES)
@given(before=programs(qubits=4, max_size=25))
@settings(max_examples=60)
def test_a_level_keeps_expectations_and_ends_at_a_fixpoint(level, before):
    after, _ = run(before, PASSES[level])
    assert clean_up(before, PASSES[level]) == after
    assert_keeps_expectations(lambda _: after, before)
    # The check for large programs agrees.
    assert compute_operator_deviation(before, after, range(4), 2, np.random.default_rng(0)) < 1e-9
    assert_costs_no_more(after, before)
    assert all(pass_.apply(after) == after for pass_ in PASSES[level] if not pass_.once)


@given(before=programs(max_size=25))
@settings(max_examples=30)
def test_native_programs_stay_native(before):
    native = tuple(op for op in before.operations if op.gate in NATIVE)
    after, _ = run(program(*native), NATIVE_PASSES[3])
    assert {op.gate for op in after.operations} <= NATIVE


def test_level_0_does_nothing():
    before = program(op("h 0"), op("h 0"))
    assert run(before, PASSES[0]) == (before, ())


@pytest.mark.parametrize("apply", [run, clean_up])
def test_a_pass_that_returns_no_program_is_named(apply):
    broken = Pass("broken", lambda _: None, level=1)
    with pytest.raises(CompilerFaultError, match="the pass 'broken' returns None"):
        apply(program(op("h 0")), (broken,))


def test_steps_hold_the_metrics_around_each_pass():
    before = program(*circuit("cnot 0 1; cnot 0 1; ry(a) 0; ry(b) 0"))
    after, steps = run(before, (CANCEL_INVERSES, FUSE_ROTATIONS))
    assert [step.name for step in steps] == ["cancel inverses", "fuse rotations"]
    assert [step.after.two_qubit_gates for step in steps] == [0, 0]
    assert [step.after.one_qubit_gates for step in steps] == [2, 1]
    assert steps[0].before == count_metrics(before)
    assert steps[1].after == count_metrics(after)
    assert all(step.seconds >= 0 for step in steps)


def test_rounds_go_on_until_nothing_changes():
    # The CZ gates meet once the rotations between them are gone, and only then do the RY gates.
    before = program(*circuit("ry(a) 1; cz 0 1; rx(a) 0; rx(-a) 0; cz 1 0; ry(b) 1"))
    after, steps = run(before, PASSES[1])
    assert after.operations == circuit("ry(a+b) 1")
    assert len(steps) > len(PASSES[1])
