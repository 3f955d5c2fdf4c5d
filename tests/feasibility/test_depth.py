"""The depth that is chosen is nearly the best, and its neighbors are told."""

from __future__ import annotations

import pytest

from qslc.feasibility.prediction import Correction, read
from qslc.verdict.folder import read_subject
from tests.feasibility.cases import compile_layer, make_subject


@pytest.mark.slow
@pytest.mark.parametrize("chip", ["weber", "aachen"])
def test_no_other_depth_is_much_better(chip: str) -> None:
    stages = compile_layer("variational", chip, 5, shots=3000)
    trials = stages.verdict.trials
    chosen = len(stages.preparation.levels)
    errors = {}
    for depth in {chosen, *range(2, 14, 2)}:
        layer, run = make_subject(compile_layer(str(depth), chip, 5, shots=3000), 48)
        found = read(layer, run, Correction(), layer.compute_ideal())
        errors[depth] = found.predict_error(3000)
    assert errors[chosen] < 1.1 * min(errors.values())
    assert [trial.depth for trial in trials] == sorted({trial.depth for trial in trials})
    best = min(trials, key=lambda trial: trial.error)
    assert best.depth == chosen
    assert len(trials) >= 4


def test_noise_makes_circuits_shallow() -> None:
    noisy, quiet = (compile_layer("variational", chip, 5) for chip in ("weber", "line"))
    assert quiet.verdict.trials == ()
    assert len(noisy.preparation.levels) <= len(quiet.preparation.levels)


def test_an_error_to_reach_takes_the_fewest_shots() -> None:
    stages = compile_layer("variational", "weber", 5, error=0.3)
    trials = [trial for trial in stages.verdict.trials if trial.shots is not None]
    assert trials
    chosen = next(t for t in trials if t.depth == len(stages.preparation.levels))
    assert chosen.shots == min(trial.shots for trial in trials)


def test_read_again(tmp_path) -> None:
    from qslc.pipeline import compile_to

    stages = compile_layer("variational", "willow")
    compile_to(stages.spec, tmp_path / "case")
    subject, report = read_subject(tmp_path / "case")
    assert report["verdict"] == stages.verdict.as_json()
    assert subject.levels == stages.preparation.levels
    assert subject.symbols == stages.preparation.symbols
    assert len(subject.trials) == len(stages.verdict.trials)
