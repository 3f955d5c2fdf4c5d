from __future__ import annotations

from tests.insertion.conftest import model, pytest_ignore_collect

__all__ = ["model", "pytest_ignore_collect"]
