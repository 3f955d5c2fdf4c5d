"""What methods of mitigation are worth: as the runtime computes it, and as done by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sympy

from qslc.feasibility.circuit import Source, Variant
from qslc.feasibility.correction import FOLDS, Correction, extrapolate
from qslc.feasibility.methods import METHODS, OWN, compare_methods
from qslc.feasibility.shots import SHOTS
from qslc.feasibility.simulation import compute_noisy
from qslc.feasibility.subject import draw_tokens
from qslc.feasibility.times import count_copies
from qslc.ir.program import Operation, PauliString
from qslc.pipeline import compile_to
from qslc.targets.device import Device
from tests.feasibility.cases import TOKENS, compile_layer, make_subject, pick
from tests.feasibility.cirq_noise import measure_noisy


def test_repeated_gates_are_those_of_density_matrices() -> None:
    stages = compile_layer("angles", "willow")
    layer, run = make_subject(stages, 1)
    rates = {e: r for e, r in run.noise.rates.items() if e.name in {"two_qubit", "coherent"}}
    noise = replace(run.noise, rates=rates)
    circuit = replace(run, noise=noise).add_errors(variant=Variant(folds=3))
    found = compute_noisy(circuit, layer.values, None, 1)[0]
    tripled = tuple(
        op for each in stages.physical.operations for op in [each] * (2 * len(each.qubits) - 1)
    )
    program = replace(stages.physical, operations=tripled)
    wanted = measure_noisy(
        program, stages.device, noise.as_json(), run.qubits, pick(layer.values, 0)
    )
    assert found == pytest.approx(wanted, abs=1e-5)


def test_extrapolations_find_what_they_assume() -> None:
    ideal, variances = np.array([[0.5, -0.25]]), np.ones((3, 1, 2))
    lines = np.stack([ideal * (1 - 0.1 * fold) for fold in FOLDS])
    means, spread = extrapolate(lines, variances, "linear")
    assert means == pytest.approx(ideal)
    assert spread == pytest.approx(np.full((1, 2), 3 * (169 + 16 + 25) / 144), rel=1e-4)
    curves = np.stack([ideal * 0.9**fold for fold in FOLDS])
    assert extrapolate(curves, variances, "exponential")[0] == pytest.approx(ideal)


@pytest.mark.parametrize("chip", ["weber", "willow", "aachen"])
def test_errors_of_reading_are_found_with_those_of_the_pulse(chip: str) -> None:
    stages = compile_layer("angles", chip)
    _, run = make_subject(stages, 1)
    observables = tuple(PauliString(((qubit, "Z"),), 1) for qubit in run.qubits)
    zeros, ones = (
        measure_noisy(
            replace(
                stages.physical,
                operations=tuple(Operation("rx", (q,), sympy.Float(t)) for q in run.qubits),
                observables=observables,
            ),
            stages.device,
            run.noise.as_json(),
            run.qubits,
            {},
        )
        for t in (0, np.pi)
    )
    wanted = np.stack([(zeros + ones) / 2, (zeros - ones) / 2], axis=1)
    assert run.find_readout(tuple(Source)) == pytest.approx(wanted, abs=1e-6)


def test_what_a_spec_asks_for_is_marked_and_counted() -> None:
    verdict = compile_layer("angles", "willow", readout="confusion", rescale="none").verdict
    assert [each.method for each in verdict.methods if each.asked] == ["readout"]
    plain, asked = verdict.methods[:2]
    assert (plain.variance, plain.circuits) == (1, 1)
    assert asked.error == verdict.error < plain.error
    assert verdict.times.copies == 1
    own = compile_layer("angles", "willow", twirling=4, zne="linear").verdict
    assert [(each.method, each.circuits) for each in own.methods if each.asked] == [(OWN, 12)]
    assert own.methods[-1].error == own.error


def test_methods_that_cannot_be_run_are_left_out() -> None:
    layer, run = make_subject(compile_layer("angles", "willow"))
    ideal = layer.compute_ideal()
    assert [e.method for e in compare_methods(layer, run, Correction(), ideal, 100)] == [*METHODS]
    columns = [
        [replace(op, gate="sqrt_iswap") if op.gate == "cz" else op for op in column]
        for column in run.columns
    ]
    other = compare_methods(layer, replace(run, columns=columns), Correction(), ideal, 100)
    assert {e.circuits for e in other} == {1}
    assert compare_methods(layer, replace(run, noise=None), Correction(), ideal, 100) == ()


def test_copies_find_room() -> None:
    def count(edges: list[tuple[int, int]], *gates: tuple[int, int]) -> int:
        device = Device("some", tuple((0, i) for i in range(8)), tuple(sorted(edges)))
        columns = [[Operation("cz", pair)] for pair in gates]
        return count_copies(columns, device, tuple(sorted({q for pair in gates for q in pair})))

    line = [(i, i + 1) for i in range(7)]
    assert count(line, (0, 1), (1, 2)) == 2
    assert count(line, (1, 2), (2, 3)) == 2
    assert count(line, (3, 4), (4, 5)) == 2
    assert count([*line, (0, 2), (4, 6)], (0, 1), (1, 2), (0, 2)) == 2
    assert count(line, *line) == 1


@pytest.mark.slow
@pytest.mark.parametrize("chip", ["weber", "willow"])
def test_the_runtime_says_the_same(chip: str, tmp_path: Path) -> None:
    from qslc_runtime.mitigation import Mitigation, assess, options

    assert options.SHOTS == SHOTS
    stages = compile_layer("variational", chip)
    compile_to(stages.spec, tmp_path / "case")
    layer, run = make_subject(stages, 2 * TOKENS)
    methods = {
        name: Mitigation(
            "confusion" if each.confusion else "none",
            each.rescale,
            each.twirling,
            each.pulses,
            each.zne,
        )
        for name, each in METHODS.items()
    }
    found = compare_methods(layer, run, Correction(), layer.compute_ideal(), SHOTS)
    theta = [layer.values[name] for name in stages.logical.weights]
    tokens = draw_tokens(stages.spec, 2 * TOKENS, 1)
    wanted = assess(tmp_path / "case", tokens, methods, theta=theta)
    for mine, theirs in zip(found, wanted.rows, strict=True):
        assert mine.method == theirs.name
        assert mine.circuits == theirs.circuits
        assert mine.bias == pytest.approx(theirs.bias, rel=0.35), mine.method
        assert mine.variance == pytest.approx(theirs.variance, rel=0.15), mine.method
        assert mine.error == pytest.approx(wanted.predict_error(mine.method, SHOTS), rel=0.25)
