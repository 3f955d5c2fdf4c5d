from __future__ import annotations

import pytest

from tests.study.fakes import FakeWork


@pytest.fixture
def drawn(monkeypatch):
    """Replaces training by made-up records."""
    fake = FakeWork()
    monkeypatch.setattr("qslc_study.worker.work", fake)
    return fake


@pytest.fixture
def work(drawn, monkeypatch):
    """The same, without plots, which take most of the time."""
    monkeypatch.setattr("qslc_study.page.plots.draw_plot", lambda *_: "<svg></svg>")
    return drawn
