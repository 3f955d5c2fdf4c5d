"""Small layers on chips, compiled once."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

import qslc
from qslc.feasibility.prediction import Layer, Run
from qslc.feasibility.subject import (
    draw_tokens,
    draw_weights,
    find_angles,
    find_noise,
    make_layer,
    make_run,
)
from qslc.pipeline import compile_spec
from qslc.report.compilation.data import Stages

TOKENS = 12


@cache
def compile_layer(kind: str, chip: str, qubits: int = 4, **execution: Any) -> Stages:
    """Compile a layer: "angles", "given", "multiplexed", "variational", or a number of levels."""
    layer = qslc.sublayer("case", qubits=qubits)
    if kind == "angles":
        layer = layer.angle()
    else:
        methods: dict[str, Any] = {"given": "none", "multiplexed": kind, "variational": kind}
        depth = {"method": "variational", "depth": int(kind)} if kind.isdigit() else None
        layer = layer.amplitude(
            2**qubits - 1, pad="bias", project="orthogonal", preparation=depth or methods[kind]
        )
    layer = layer.layers(depth=2, rotations=["ry", "rz"], entangler="cnot", pattern="ring")
    layer = layer.measure("Z0", "X1*Z3", "Y2", "Z1*Z2").on(chip)
    layer = layer.noise("device" if chip != "line" else "none")
    if kind == "angles":
        # A readout of one letter, as "fidelity" prefers them, has an offset beside a small signal.
        layer = layer.optimize(objective="depth")
    if execution:
        layer = layer.execute(**execution)
    return compile_spec(layer.spec())


def make_subject(stages: Stages, tokens: int = TOKENS) -> tuple[Layer, Run]:
    """Return a compile with random tokens and weights."""
    spec = stages.spec
    features = draw_tokens(spec, tokens, 1)
    layer = make_layer(spec, stages.logical, features, draw_weights(spec, stages.logical, 1))
    whole = stages.whole
    program = whole.circuit.program if whole else stages.physical
    run = make_run(program, stages.device, find_noise(spec, stages.device), {}, stages.placement)
    made = stages.preparation
    if made is not None:
        run = run.prepare(find_angles(spec, features, made.symbols, made.levels))
    return layer, run


def pick(values: Any, token: int) -> dict[str, float]:
    """Return the values of one token."""
    return {k: float(v if np.ndim(v) == 0 else v[token]) for k, v in values.items()}
