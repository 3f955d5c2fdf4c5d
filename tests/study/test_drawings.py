"""Which plots a page has."""

from __future__ import annotations

import pytest

from qslc_study.page import plots, view


@pytest.mark.parametrize(
    ("methods", "drawn"),
    [
        (["lora", "qsl"], {"adapters"}),
        (["full"], {"quality-test_loss"}),
        (["full", "qsl"], {"adapters", "quality-test_loss"}),
    ],
)
def test_the_wide_plot_stands_alone_where_it_leaves_nothing_out(monkeypatch, methods, drawn):
    for name in ("plot_quality", "plot_losses", "plot_bars"):
        monkeypatch.setattr(plots, name, lambda *_, **__: "<svg></svg>")
    measures = {"test_loss": {"mean": 1.0}}
    arms = [{"name": each, "method": each, "measures": measures} for each in methods]
    found = view._draw_plots({"arms": arms})
    assert {name for name in found if name == "adapters" or name.startswith("quality-")} == drawn
