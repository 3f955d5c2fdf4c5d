from __future__ import annotations

import os
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that were waited for, without waiting."""
    waited: list[float] = []

    def wait(seconds: Any) -> None:
        waited.append(seconds)

    monkeypatch.setattr("qslc_runtime.sampling.submission.time.sleep", wait)
    return waited
