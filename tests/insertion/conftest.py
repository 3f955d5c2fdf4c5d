from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import pytest


def pytest_ignore_collect(config):
    """Collect nothing where the slow tests are left out: importing TensorFlow takes seconds."""
    return True if config.option.markexpr == "not slow" else None


@pytest.fixture
def model():
    from tests.insertion.small_gpt2 import make_model

    return make_model()
