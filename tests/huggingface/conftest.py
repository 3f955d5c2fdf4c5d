from __future__ import annotations

import os
from importlib.util import find_spec

import pytest

MISSING = [name for name in ("torch", "transformers") if find_spec(name) is None]


def pytest_ignore_collect(config):
    """Collect nothing where the slow tests are left out: importing PyTorch takes seconds."""
    return True if config.option.markexpr == "not slow" else None


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path, parent):
    """Say why the tests cannot run here, before a module of them is imported."""
    if MISSING:
        reason = f"{' and '.join(MISSING)} not installed"
    elif os.environ.get("KERAS_BACKEND") != "torch":
        reason = "run with KERAS_BACKEND=torch"
    else:
        return None
    return Skipped.from_parent(parent, path=module_path, reason=reason)


class Skipped(pytest.Module):
    """A module of which nothing is run."""

    def __init__(self, *, reason, **others):
        super().__init__(**others)
        self.reason = reason

    def collect(self):
        pytest.skip(self.reason, allow_module_level=True)
