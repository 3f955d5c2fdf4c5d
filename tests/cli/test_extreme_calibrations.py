"""Whatever a calibration says: numbers in the report, or an error."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.diagnostics import InputError
from qslc.pipeline import build_artifact, compile_spec
from qslc.report.compilation.views import render_markdown
from qslc.spec import parse

SPEC = """qslc: 1
name: extreme
qubits: 3
encoder: {{kind: none}}
ansatz: {{depth: {depth}, rotations: [ry, rx], entangler: {{gate: cnot, pattern: {pattern}}}}}
measure: z
device:
  edges: [[0, 1], [1, 2]]
  calibration: {calibration}
noise: device
optimize: {{level: {level}, objective: fidelity}}
"""
NUMBERS = (5e-324, 1e-300, 2.5e-8, 0.0, 0.1, 0.5, 0.75, 0.9375, 1.0, 32, 400, 1e9, 1e12, 1e308)


def refuse(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def make_report(text: str) -> tuple[dict, str]:
    """Return the report, read back strictly, and its text for readers."""
    data, files = build_artifact(compile_spec(parse(text)))
    return json.loads(files["report.json"], parse_constant=refuse), render_markdown(data)


def list_numbers(value) -> list[float]:
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return [number for item in inside for number in list_numbers(item)]
    return [value] if isinstance(value, float) else []


@pytest.mark.parametrize(("pattern", "level"), [("linear", 1), ("ring", 2)])
def test_a_fidelity_too_small_for_a_number_is_said_to_be_small(pattern, level):
    calibration = {"two_qubit": [0.93, 0.93], "one_qubit": [0.75] * 3}
    text = SPEC.format(depth=60, pattern=pattern, calibration=calibration, level=level)
    report, words = make_report(text)
    assert report["estimated_fidelity"] == {"first_found": 0.0, "chosen": 0.0}
    assert "fidelity under 1e-300" in words
    assert "under 1e-300" in report["passes"][-1]["note"]


@settings(max_examples=80)
@given(st.data())
def test_a_report_holds_numbers_or_the_calibration_is_refused(data):
    def some(count: int):
        return data.draw(st.lists(st.sampled_from(NUMBERS), min_size=count, max_size=count))

    calibration = {"two_qubit": some(2)}
    for key, count in (("one_qubit", 3), ("t1_us", 3), ("t2_us", 3)):
        if data.draw(st.booleans()):
            calibration[key] = some(count)
    for key in ("one_qubit_ns", "two_qubit_ns"):
        if data.draw(st.booleans()):
            (calibration[key],) = some(1)
    text = SPEC.format(depth=1, pattern="linear", calibration=calibration, level=1)
    try:
        report, _ = make_report(text)
    except InputError as error:
        assert all(found.span and found.span.line == 9 for found in error.diagnostics)
        return
    assert all(abs(number) < float("inf") for number in list_numbers(report))
