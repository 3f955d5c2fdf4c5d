"""Train sublayers for a virtual chip, and test them on it: the noise of their spec, and shots."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qslc_runtime import Adapter, engines, load
from qslc_runtime.artifact import Artifact
from qslc_runtime.engines import Engine
from qslc_runtime.methods import Sublayer, attach

from qslc.diagnostics import Diagnostic, InputError
from qslc_study.spec.sublayer import Condition, QslOptions
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
            to=_make_engine(layer, max(each.shots for each in arm.chip.conditions), seed),
            count=arm.chip.imitate,
            seed=seed,
        )


def measure_on_chip(
    base: Base,
    adapter: Adapter,
    arm: QslOptions,
    layer: str,
    seed: int,
    examples: Sequence[Example],
    measure: Callable[[], Mapping[str, Any]],
) -> dict[str, Any]:
    """Replace trained sublayers by the same ones on the chip of their arm, and measure these.

    The whole circuit is sampled where the spec has a preparation, and otherwise the circuit behind
    encoded vectors. In the end the model holds the sublayers under the first condition.

    Args:
        base: The model that holds the adapter.
        adapter: What was trained.
        arm: The arm, of a quantum sublayer with a ``chip``.
        layer: Compiled folder.
        seed: Random seed of the sublayers, of shots and of the choice of tokens.
        examples: Examples that readouts are calibrated on: as many as have the tokens asked for.
        measure: Measures the model as it is; what it returns has a ``loss``.

    Returns:
        What was measured under the first condition. If there are several, also ``conditions``, each
        with its ``loss``, and ``untrained``, the loss without sublayers.

    Raises:
        InputError: The spec has no noise, or the circuit is too large to be simulated with it.
    """
    if arm.chip is None:
        raise ValueError("the arm has no chip")
    found: list[dict[str, Any]] = []
    test: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trained.safetensors"
        adapter.save(path)
        adapter.remove()
        several = len(arm.chip.conditions) > 1
        untrained = measure()["loss"] if several else None
        for condition in reversed(arm.chip.conditions):
            made = _put_on_chip(base, path, arm, layer, seed, examples, condition)
            test = dict(measure())
            found.insert(0, {**condition._asdict(), "loss": test["loss"]})
            if condition != arm.chip.conditions[0]:
                made.remove()
    return {**test, "conditions": found, "untrained": untrained} if several else test


def _put_on_chip(
    base: Base,
    trained: Path,
    arm: QslOptions,
    layer: str,
    seed: int,
    examples: Sequence[Example],
    condition: Condition,
) -> Adapter:
    engine, engine_options = _choose_engine(layer, condition.shots, seed)
    options = {**arm.options, "engine": engine, "engine_options": engine_options}
    with _explain_errors():
        method = Sublayer(layer, options)
        made = attach(base.model, method, targets=arm.targets, blocks=arm.blocks, seed=seed)
    made.load(trained)
    if condition.calibrate:
        tokens = _gather_tokens(examples, condition.calibrate)
        made.calibrate(tokens, count=condition.calibrate, seed=seed)
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
