"""First words of a report."""

from __future__ import annotations

import pytest

from qslc.report.compilation.budget import describe_budget
from qslc.report.compilation.data import make_report
from qslc.report.compilation.gain import describe_gain
from qslc.report.numbers import format_ratio
from tests.report.report_samples import FIDELITY, make_stages


@pytest.mark.parametrize(
    ("here", "there", "text"),
    [
        (0.29, 0.074, "× 3.9"),
        (0.2, 0.1, "× 2"),
        (0.05, 0.1, "× 0.5"),
        (0.5, 1e-3, "× 500"),
        (0.5, 1e-9, "× 5.0e+08"),
        (0.1, 0.1, ""),
        (0.10001, 0.1, ""),
        (0.1, 0.0, ""),
    ],
)
def test_how_many_times(here, there, text):
    assert format_ratio(here, there) == text


def describe_changed(fidelity=None, objective="depth", **baseline):
    data = make_report(make_stages(fidelity=fidelity))
    data["objective"] = objective
    data["baseline"].update(baseline)
    return describe_gain(data)


@pytest.mark.parametrize(
    ("plain", "headline", "tone"),
    [
        (0.25, "The estimated fidelity of a plain compile", "same"),
        (0.5, "0.5 times the estimated fidelity of a plain compile", "bad"),
        (0.1, "2.5 times the estimated fidelity of a plain compile", "good"),
    ],
)
def test_a_loss_is_shown_as_one(plain, headline, tone):
    found = describe_changed(FIDELITY, estimated_fidelity=plain)
    assert (found.headline, found.table.rows[0][-1].tone) == (headline, tone)


@pytest.mark.parametrize(
    ("objective", "depth", "gates", "headline"),
    [
        ("depth", 8, 8, "50 % less two-qubit depth than a plain compile"),
        ("gates", 8, 5, "20 % fewer two-qubit gates than a plain compile"),
        ("depth", 4, 8, "50 % fewer two-qubit gates than a plain compile"),
        ("depth", 2, 8, "100 % more two-qubit depth than a plain compile"),
        ("gates", 4, 4, "As many two-qubit gates as a plain compile, as deep"),
    ],
)
def test_without_a_calibration_the_gain_is_in_what_the_objective_counts(
    objective, depth, gates, headline
):
    found = describe_changed(None, objective, two_qubit_depth=depth, two_qubit_gates=gates)
    assert found.headline == headline


@pytest.mark.parametrize(
    ("total", "runs", "shots"),
    [
        (0.29, "29 of 100 runs", "about 12 times the shots"),
        (0.0047, "5 of 1,000 runs", "about 45,000 times the shots"),
        (1e-12, "fewer than one of a million runs", "no number of shots makes up for"),
        (0.0, "fewer than one of a million runs", "no number of shots makes up for"),
        (1.0, "100 of 100 runs", "unseen."),
    ],
)
def test_what_a_fidelity_means(total, runs, shots):
    data = make_report(make_stages(fidelity=FIDELITY))
    data["error_budget"]["total"] = total
    text = " ".join(describe_budget(data).sentences)
    assert runs in text
    assert shots in text
