"""Layers, data and TensorFlow's numbers for processes of the other backends."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
from keras import ops

from tests.layer.layer_programs import ansatz, differentiate, draw, load, make_spec

OBSERVABLES = ("z", "X0*Z2", "Y0*Y1", "Y2")
RX_RZ = ansatz(2, "rx", "rz", gate="crz")
SPECS = {
    "real": make_spec(),
    "complex": make_spec(ansatz=RX_RZ, measure=OBSERVABLES),
    "angle": make_spec(encoder={"kind": "angle", "rotation": "rx"}, measure=OBSERVABLES),
    "iqp": make_spec(encoder={"kind": "iqp", "repeats": 2}, measure=OBSERVABLES),
    "none": make_spec(encoder={"kind": "none"}),
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


def write_layers(folder: Path) -> list[Path]:
    """A folder for each of ``SPECS``: the layer, and ``data.npz`` with TensorFlow's numbers."""
    for name, spec in SPECS.items():
        layer = load(folder / name, spec)
        x, theta = draw(layer, 4)
        upstream = np.random.default_rng(11).normal(size=(4, len(layer.OBSERVABLES)))
        upstream = upstream.astype(np.float32)
        loss = partial(ops.multiply, upstream)
        values, dx, dtheta = differentiate(layer, x, theta, "keras", loss)
        arrays = {"x": x, "theta": theta, "values": values, "dx": dx, "dtheta": dtheta}
        np.savez(folder / name / "data.npz", upstream=upstream, **arrays)
    return [folder / name for name in SPECS]
