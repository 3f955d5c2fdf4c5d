"""Layers, data and TensorFlow's numbers for processes of the other backends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tests.layer.layer_programs import generated, native, spec_of

OBSERVABLES = ("z", "X0*Z2", "Y0*Y1", "Y2")
RX_RZ = {
    "depth": 2,
    "rotations": ["rx", "rz"],
    "entangler": {"gate": "crz", "pattern": "ring"},
}
SPECS = {
    "real": spec_of(),
    "complex": spec_of(ansatz=RX_RZ, measure=OBSERVABLES),
    "angle": spec_of(encoder={"kind": "angle", "rotation": "rx"}, measure=OBSERVABLES),
    "iqp": spec_of(encoder={"kind": "iqp", "repeats": 2}, measure=OBSERVABLES),
    "none": spec_of(encoder={"kind": "none"}),
}


def run(backend: str, script: str, *folders: Path) -> str:
    """The errors of a script in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, folders)],
        env=os.environ | {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr[-3000:] if done.returncode else ""


def written(folder: Path) -> list[Path]:
    """A folder for each of ``SPECS``: the layer, and ``data.npz`` with TensorFlow's numbers."""
    generator = np.random.default_rng(11)
    for name, spec in SPECS.items():
        layer = generated(folder / name, spec)
        x = generator.normal(size=(4, layer.FEATURES)).astype(np.float32)
        theta = generator.normal(size=len(layer.WEIGHTS)).astype(np.float32)
        upstream = generator.normal(size=(4, len(layer.OBSERVABLES))).astype(np.float32)
        arrays = _expected(layer, x, theta, upstream)
        np.savez(folder / name / "data.npz", x=x, theta=theta, upstream=upstream, **arrays)
    return [folder / name for name in SPECS]


def _expected(layer: Any, x: np.ndarray, theta: np.ndarray, upstream: np.ndarray) -> dict[str, Any]:
    import tensorflow as tf

    inputs, weights = tf.constant(x), tf.constant(theta)
    with tf.GradientTape() as tape:
        tape.watch([inputs, weights])
        values = native(layer, inputs, weights, "keras")
        loss = tf.reduce_sum(values * upstream)
    none = tf.UnconnectedGradients.ZERO
    dx, dtheta = tape.gradient(loss, [inputs, weights], unconnected_gradients=none)
    return {"values": values.numpy(), "dx": dx.numpy(), "dtheta": dtheta.numpy()}
