"""One run from the base model to its record."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
from qslc_runtime import Adapter
from qslc_runtime.methods import grouped_adamw

from qslc_study.training.arm import attach_arm
from qslc_study.training.base import Base, load_base
from qslc_study.training.batches import in_batches
from qslc_study.training.course import Course, number, train
from qslc_study.training.environment import environment, peak_memory
from qslc_study.training.examples import Example, examples
from qslc_study.training.generation import write_texts
from qslc_study.training.job import Report
from qslc_study.training.schedule import Schedule
from qslc_study.training.steps import Steps, make_steps, mean_loss


def run(identity: Mapping[str, Any], places: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Trains and measures. Everything random follows from the run's seed.

    Args:
        identity: everything that decides the numbers.
        places: where the base, the data and the compiled layer are.
    """
    seed, settings, asked = identity["seed"], identity["training"], identity["evaluate"]
    keras.utils.set_random_seed(seed)
    base = load_base(places["base"])
    adapter = attach_arm(base.model, identity["arm"], places["layer"], seed)
    pairs = json.loads(Path(places["data"]).read_text(encoding="utf-8"))
    parts = _examples(base, pairs, identity)
    before, begin = peak_memory(), time.perf_counter()
    steps = _steps(base, adapter, identity)
    tracing = time.perf_counter() - begin
    course = train(steps, parts, settings, asked["every"], seed, report)
    record = {
        "identity": dict(identity),
        "parameters": _parameters(adapter),
        "pairs": {name: len(part) for name, part in parts.items()},
        "cut": {name: sum(example.cut for example in part) for name, part in parts.items()},
        **_course(course),
        "tracing_seconds": tracing,
        "memory": {"before": before, "peak": peak_memory()},
        "environment": environment(),
        "test": None,
        "texts": None,
    }
    if asked["test"] and not course.diverged:
        report({"stage": "testing"})
        record["test"] = _test(steps, parts["test"], settings["batch"])
    if asked["generate"] and not course.diverged:
        report({"stage": "writing"})
        record["texts"] = _texts(base, pairs["sources"], identity)
    return record


def _examples(
    base: Base, pairs: Mapping[str, Sequence[Any]], identity: Mapping[str, Any]
) -> dict[str, list[Example]]:
    length = identity["training"]["length"]
    return {
        name: examples(base.tokenizer, pairs[name], identity["prompt"], length)
        for name in ("train", "validation", "test")
    }


def _steps(base: Base, adapter: Adapter, identity: Mapping[str, Any]) -> Steps:
    settings, factors = identity["training"], identity["arm"]["rates"]
    rates = {group: identity["learning_rate"] * factors.get(group, 1.0) for group in adapter.groups}
    optimizer = grouped_adamw(
        adapter,
        rates,
        schedule=Schedule(settings["schedule"], settings["steps"], settings["warmup"]),
        weight_decay=settings["weight_decay"],
        global_clipnorm=settings["clip"],
    )
    weights = [weight for group in adapter.groups.values() for weight in group]
    return make_steps(base.model.backbone, weights, optimizer)


def _parameters(adapter: Adapter) -> dict[str, Any]:
    return {
        "trainable": adapter.trainable_parameters,
        "total": adapter.total_parameters,
        "groups": {
            name: sum(int(weight.value.shape.num_elements()) for weight in weights)
            for name, weights in adapter.groups.items()
        },
    }


def _course(course: Course) -> dict[str, Any]:
    return {
        "diverged": course.diverged,
        "losses": [number(loss) for loss in course.losses],
        "seconds": course.seconds,
        "validation": [(step, number(loss)) for step, loss in course.validation],
    }


def _test(steps: Steps, part: list[Example], batch: int) -> dict[str, Any]:
    loss, tokens = mean_loss(steps, in_batches(part, batch))
    return {"loss": number(loss), "tokens": tokens}


def _texts(base: Base, sources: Sequence[str], identity: Mapping[str, Any]) -> dict[str, Any]:
    begin = time.perf_counter()
    settings = identity["evaluate"]["generate"]
    written = write_texts(base, sources, identity["prompt"], settings, identity["seed"])
    return {"written": written, "seconds": time.perf_counter() - begin}
