"""Train sublayers for a virtual chip, and test them on it: the noise of their spec, and shots."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qslc_runtime import Adapter, engines, load
from qslc_runtime.artifact import Artifact
from qslc_runtime.engines import Engine
from qslc_runtime.methods import Sublayer, attach

from qslc.diagnostics import Diagnostic, InputError
from qslc_study.spec.sublayer import QslOptions
from qslc_study.training.base import Base
from qslc_study.training.examples import Example, collate


def imitate_chip(
    adapter: Adapter, arm: Any, layer: str, seed: int, examples: Sequence[Example]
) -> None:
    """Bring the readouts of the training engine to those of the chip, if the arm asks for it.

    Args:
        adapter: What is to be trained.
        arm: Its arm.
        layer: Compiled folder.
        seed: Random seed of shots and of the choice of tokens.
        examples: Examples whose tokens are measured.

    Raises:
        InputError: The training engine is exact, or there is no such chip.
    """
    if not isinstance(arm, QslOptions) or arm.chip is None or not arm.chip.imitate:
        return
    with _explain_errors():
        adapter.calibrate(
            _gather_tokens(examples, arm.chip.imitate),
            to=_make_engine(layer, arm.chip.shots, seed),
            count=arm.chip.imitate,
            seed=seed,
        )


def put_on_chip(
    base: Base, adapter: Adapter, arm: Any, layer: str, seed: int, examples: Sequence[Example]
) -> Adapter:
    """Replace trained sublayers by the same ones on the chip of their arm.

    The whole circuit is sampled where the spec has a preparation, and otherwise the circuit behind
    encoded vectors.

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
    engine, engine_options = _choose_engine(layer, arm.chip.shots, seed)
    options = {**arm.options, "engine": engine, "engine_options": engine_options}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trained.safetensors"
        adapter.save(path)
        adapter.remove()
        with _explain_errors():
            method = Sublayer(layer, options)
            made = attach(base.model, method, targets=arm.targets, blocks=arm.blocks, seed=seed)
        made.load(path)
    if arm.chip.calibrate:
        tokens = _gather_tokens(examples, arm.chip.calibrate)
        made.calibrate(tokens, count=arm.chip.calibrate, seed=seed)
    return made


def _choose_engine(layer: str, shots: int, seed: int) -> tuple[str, dict[str, Any]]:
    """Return the engine that is the chip, and its options."""
    if Artifact.read(Path(layer)).preparation is None:
        return "shots", {"of": "noisy", "shots": shots, "seed": seed}
    return "sampler", {"sampler": "noisy", "shots": shots, "seed": seed}


def _make_engine(layer: str, shots: int, seed: int) -> Engine:
    name, options = _choose_engine(layer, shots, seed)
    return engines.create(name, load(layer), options)


@contextmanager
def _explain_errors() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise InputError(Diagnostic(f"the chip of the arm: {error}")) from error


def _gather_tokens(examples: Sequence[Example], tokens: int) -> dict[str, Any]:
    """Return the first examples that have so many tokens together, as a backbone takes them."""
    chosen: list[Example] = []
    for example in examples:
        if sum(len(each.tokens) for each in chosen) >= tokens:
            break
        chosen.append(example)
    batch = collate(chosen)
    return {"token_ids": batch.ids, "padding_mask": batch.mask}
