"""Engines under the JAX backend, in a process of their own: Keras chooses its backend once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines.folders import folder, spec
from tests.processes import run_python

pytestmark = pytest.mark.slow

SCRIPT = """
import sys
import jax, jax.numpy as jnp, numpy as np
from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.qsim import QsimEngine
from qslc_runtime.engines.tfq import TfqEngine

artifact = Artifact.read(sys.argv[1])
layer = type("Layer", (), {"DIGEST": artifact.digest})
engine = QsimEngine(artifact, layer)
x, theta = np.full((2, 4), 0.3, np.float32), np.array([0.1, 0.2, 0.3], np.float32)
tensors = engine.expectations(jnp.array(x), jnp.array(theta))
assert isinstance(tensors, jax.Array)
np.testing.assert_array_equal(tensors, engine.expectations(x, theta))
for call in (jax.jit(engine.expectations), lambda x, t: TfqEngine(artifact, layer)):
    try:
        call(jnp.array(x), jnp.array(theta))
    except (RuntimeError, ValueError) as error:
        print(error)
"""


def test_qsim_is_eager_and_tfq_is_refused(tmp_path: Path) -> None:
    ansatz = {"depth": 1, "entangler": {"gate": "cnot", "pattern": "ring"}}
    path = folder(tmp_path, spec({"kind": "amplitude", "features": 4}, ansatz))
    traced, refused = run_python(SCRIPT, path, KERAS_BACKEND="jax").splitlines()
    assert 'engine "qsim" runs eagerly under JAX' in traced
    assert 'engine "tfq" needs the TensorFlow backend' in refused
