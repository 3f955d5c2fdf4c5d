"""Test trained sublayers on a virtual chip: the noise of their spec, shots, and a calibration."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qslc_runtime import Adapter
from qslc_runtime.methods import Sublayer, attach

from qslc.diagnostics import Diagnostic, InputError
from qslc_study.spec.methods import QslOptions
from qslc_study.training.base import Base
from qslc_study.training.examples import Example, collate

ENGINE = "shots"
"""Exact noise with the spread of shots."""


def put_on_chip(
    base: Base, adapter: Adapter, arm: Any, layer: str, seed: int, examples: Sequence[Example]
) -> Adapter:
    """Replace trained sublayers by the same ones on the chip of their arm.

    Args:
        base: The model that holds the adapter.
        adapter: What was trained.
        arm: The arm, of a quantum sublayer with a ``chip``.
        layer: Compiled folder.
        seed: Random seed of the sublayers, of shots and of the choice of tokens.
        examples: Examples that readouts are calibrated on: as many as have the tokens asked for.

    Raises:
        InputError: The spec has no noise, or the circuit is too large to be simulated with it.
    """
    if not isinstance(arm, QslOptions) or arm.chip is None:
        return adapter
    engine_options = {"of": "noisy", "shots": arm.chip.shots, "seed": seed}
    options = {**arm.options, "engine": ENGINE, "engine_options": engine_options}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trained.safetensors"
        adapter.save(path)
        adapter.remove()
        try:
            method = Sublayer(layer, options)
            made = attach(base.model, method, targets=arm.targets, blocks=arm.blocks, seed=seed)
        except ValueError as error:
            raise InputError(Diagnostic(f"the chip of the arm: {error}")) from error
        made.load(path)
    if arm.chip.calibrate:
        batch = collate(_choose_examples(examples, arm.chip.calibrate))
        inputs = {"token_ids": batch.ids, "padding_mask": batch.mask}
        made.calibrate(inputs, count=arm.chip.calibrate, seed=seed)
    return made


def _choose_examples(examples: Sequence[Example], tokens: int) -> list[Example]:
    """Return the first examples that have so many tokens together."""
    chosen: list[Example] = []
    for example in examples:
        if sum(len(each.tokens) for each in chosen) >= tokens:
            break
        chosen.append(example)
    return chosen
