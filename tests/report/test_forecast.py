"""What a report says of signal, error and shots."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from qslc.feasibility.forecast import Forecast
from qslc.report.compilation.budget import describe_budget
from qslc.report.compilation.data import make_report, write_report
from qslc.report.compilation.forecast import compare_shots, describe_forecast
from qslc.report.compilation.gain import describe_gain
from qslc.report.compilation.views import render_html, render_markdown
from tests.report.report_samples import FIDELITY, make_stages


def make_forecast(signal: float) -> Forecast:
    signals = np.array([signal, signal, 1.0])
    return Forecast("exact", np.full(3, 0.5), signals, 0.5 * (1 - signals), signal)


def make_data(signal: float, plain: float | None):
    stages = make_stages(fidelity=FIDELITY)
    assert stages.baseline is not None
    other = None if plain is None else make_forecast(plain)
    baseline = replace(stages.baseline, forecast=other)
    stages = replace(
        stages, forecast=make_forecast(signal), baseline=baseline, forecast_noise="a chip"
    )
    return json.loads(write_report(make_report(stages)))


def test_fields_of_the_report() -> None:
    found = make_data(0.6, 0.3)["forecast"]
    assert (found["method"], found["noise"], found["signal"]) == ("exact", "a chip", 0.6)
    assert found["plain"]["shots"] == pytest.approx(4)
    assert found["observables"][0] == {"signal": 0.6, "error": pytest.approx(0.2), "size": 0.5}
    assert make_report(make_stages())["forecast"] is None


def test_the_gain_is_in_signal_and_shots() -> None:
    gain = describe_gain(make_data(0.6, 0.3))
    assert gain.headline == "2 times the signal of a plain compile"
    assert "takes 25 % of its shots" in gain.sentence
    assert gain.table.rows[0][:3] == ("signal left", "30 %", "60 %")
    assert [row[-1].tone for row in gain.table.rows[:2]] == ["good", "good"]
    loss = describe_gain(make_data(0.3, 0.6))
    assert loss.headline == "0.5 times the signal of a plain compile"
    assert "takes 400 % of its shots" in loss.sentence
    assert [row[-1].tone for row in loss.table.rows[:2]] == ["bad", "bad"]


@pytest.mark.parametrize(("here", "there"), [(0.0, 0.5), (0.5, 0.0), (-1e-12, 0.5)])
def test_no_number_of_shots_compares_with_nothing(here: float, there: float) -> None:
    assert compare_shots(here, there) is None
    assert describe_gain(make_data(here, there)).sentence.startswith("Signal ")


def test_the_page_says_what_is_what() -> None:
    data = make_data(0.6, 0.3)
    found, budget = describe_forecast(data), describe_budget(data)
    assert found is not None
    assert budget.headline == found.headline == "60 % of the signal, off by 0.163"
    assert [row[1] for row in found.table.rows] == ["60 %", "60 %", "100 %"]
    text = " ".join(budget.sentences)
    assert "product of calibrated fidelities" in text
    assert "2.8 times the shots" in text
    for page in (render_markdown(data), render_html(data)):
        assert "error to expect" in page


def test_reports_without_a_forecast_are_shown() -> None:
    data = make_data(0.6, None)
    assert describe_forecast(data) is not None
    del data["forecast"]
    assert describe_forecast(data) is None
    assert "estimated fidelity" in render_markdown(data)
