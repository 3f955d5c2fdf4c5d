"""Train one run, from the base model to its record."""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from math import prod
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import keras
from qslc_runtime import Adapter
from qslc_runtime.methods import attach, grouped_adamw
from qslc_runtime.methods.method import Method

from qslc.diagnostics import Diagnostic, InputError
from qslc_study.spec.arm import Arm
from qslc_study.spec.methods import StudyMethod, find_method, read_arm
from qslc_study.spec.sublayer import QslOptions
from qslc_study.training import Report
from qslc_study.training.backends import Steps, find_backend
from qslc_study.training.base import Base, load_base
from qslc_study.training.changes import measure_changes
from qslc_study.training.chip import imitate_chip, measure_on_chip
from qslc_study.training.examples import Batch, Example, batch_by_length, make_examples
from qslc_study.training.generation import write_texts
from qslc_study.training.loop import (
    Schedule,
    average_loss,
    encode_number,
    train,
)


def run(job: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Train and measure a run. Everything random follows from its seed.

    Args:
        job: The ``identity`` of the run, which decides its numbers, and the ``places`` of the base,
            the data and the compiled layer.
    """
    place, devices = job["places"]["base"], job["identity"]["training"].get("devices")
    keras.utils.set_random_seed(job["identity"]["seed"])
    with find_backend().divide(devices, lambda: load_base(place)) as base:
        return _run(base, job, report)


def _run(base: Base, job: Mapping[str, Any], report: Report) -> dict[str, Any]:
    identity, places = job["identity"], job["places"]
    seed, settings, asked = identity["seed"], identity["training"], identity["evaluate"]
    arm = read_arm(identity["arm"], identity["learning_rate"])
    adapter = attach_arm(base.model, arm, places["layer"], seed)
    pairs = json.loads(Path(places["data"]).read_text(encoding="utf-8"))
    parts = {
        name: make_examples(base.tokenizer, pairs[name], identity["prompt"], settings["length"])
        for name in ("train", "validation", "test")
    }
    imitate_chip(adapter, arm, places["layer"], seed, parts["train"])
    before, begin = measure_peak_memory(), time.perf_counter()
    steps = _make_steps(base, adapter, arm, identity)
    tracing = time.perf_counter() - begin
    course = train(steps, parts, settings, asked["every"], seed, report)
    record = {
        "identity": dict(identity),
        "parameters": _count_parameters(adapter),
        "pairs": {name: len(part) for name, part in parts.items()},
        "cut": {name: sum(example.cut for example in part) for name, part in parts.items()},
        "diverged": course.diverged,
        "losses": [encode_number(loss) for loss in course.losses],
        "seconds": course.seconds,
        "validation": [(step, encode_number(loss)) for step, loss in course.validation],
        "tracing_seconds": tracing + sum(course.preparing),
        "memory": {"before": before, "peak": measure_peak_memory()},
        "environment": describe_environment(),
        "test": None,
        "texts": None,
    }
    if asked["test"] and not course.diverged:
        report({"stage": "testing"})
        seen, size = pairs.get("seen", [False] * len(parts["test"])), settings["batch"]
        test = measure_test(steps.sum_losses, parts["test"], seen, size)
        record["changes"] = measure_changes(base.model.backbone, adapter, parts["test"], size)
        if isinstance(arm, QslOptions) and arm.chip:

            def measure() -> dict[str, Any]:
                sum_losses = find_backend().make_sum(base.model.backbone)
                return measure_test(sum_losses, parts["test"], seen, size)

            found = measure_on_chip(
                base, adapter, arm, places["layer"], seed, parts["train"], measure
            )
            test = {**found, "off_chip": test["loss"]}
        record["test"] = test
    if asked["generate"] and not course.diverged:
        report({"stage": "writing"})
        begin = time.perf_counter()
        written = write_texts(base, pairs["sources"], identity["prompt"], asked["generate"], seed)
        record["texts"] = {"written": written, "seconds": time.perf_counter() - begin}
    return record


def measure_test(
    sum_losses: Callable[[Batch], float], found: Sequence[Example], seen: Sequence[bool], size: int
) -> dict[str, Any]:
    """Return the mean loss on test examples, and how many tokens they have.

    Where some were seen in pretraining and others not, ``loss`` is that of the others, and ``all``
    of all of them.

    Args:
        size: Examples of a batch.
    """
    marked = list(zip(found, seen, strict=True))
    split = [[example for example, mark in marked if mark is kind] for kind in (False, True)]
    (loss, tokens), *rest = (
        average_loss(sum_losses, batch_by_length(part, size)) for part in split if part
    )
    test = {"loss": encode_number(loss), "tokens": tokens}
    if rest:
        ((other, more),) = rest
        test["all"] = encode_number((loss * tokens + other * more) / (tokens + more))
    return test


def attach_arm(model: keras.Model, arm: Arm, layer: str, seed: int) -> Adapter:
    """Put the arm's method into the model and freeze the rest.

    Args:
        model: Model of a supported family.
        arm: Arm of a study.
        layer: Compiled folder of an arm with a spec.
        seed: Random seed of the initial weights.

    Raises:
        InputError: The method does not fit the model, an option does not exist, or the method
            trains weights of a group that the table of methods does not name.
    """
    method = find_method(arm.method)
    try:
        value = _load_class(method)(**arm.arguments(layer))
        adapter = attach(model, value, targets=arm.targets, blocks=arm.blocks, seed=seed)
    except (TypeError, ValueError) as error:
        raise InputError(Diagnostic(str(error))) from error
    unknown = sorted(adapter.groups.keys() - set(method.groups))
    if unknown:
        message = f"{method.runtime} trains {', '.join(unknown)}: no groups of {method.name}"
        raise InputError(Diagnostic(message))
    return adapter


def _load_class(method: StudyMethod) -> Any:
    try:
        found = resolve_name(method.runtime)
    except (ImportError, AttributeError, ValueError):
        message = f"study method {method.name}: there is no {method.runtime}"
        raise InputError(Diagnostic(message)) from None
    if not (isinstance(found, type) and issubclass(found, Method)):
        message = f"study method {method.name}: {method.runtime} does not extend Method"
        raise InputError(Diagnostic(message))
    return found


def _make_steps(base: Base, adapter: Adapter, arm: Arm, identity: Mapping[str, Any]) -> Steps:
    settings, rate = identity["training"], identity["learning_rate"]
    optimizer = grouped_adamw(
        adapter,
        {group: rate * arm.rates.get(group, 1.0) for group in adapter.groups},
        schedule=Schedule(settings["schedule"], settings["steps"], settings["warmup"]),
        weight_decay=settings["weight_decay"],
        global_clipnorm=settings["clip"],
    )
    weights = [weight for group in adapter.groups.values() for weight in group]
    return find_backend().make_steps(base.model.backbone, weights, optimizer)


def _count_parameters(adapter: Adapter) -> dict[str, Any]:
    return {
        "trainable": adapter.trainable_parameters,
        "total": adapter.total_parameters,
        "groups": {
            name: sum(prod(weight.shape) for weight in weights)
            for name, weights in adapter.groups.items()
        },
    }


def describe_environment() -> dict[str, Any]:
    """Return versions, the machine, and the threads of one operation."""
    packages = (*find_backend().PACKAGES, "keras", "keras-hub", "numpy", "qslc")
    accelerators = find_backend().list_accelerators()
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        "machine": platform.machine(),
        "processor": _read_processor(),
        "accelerator": ", ".join(accelerators),
        "cores": os.cpu_count(),
        "threads": int(os.environ.get("TF_NUM_INTRAOP_THREADS", os.cpu_count() or 1)),
        "gpus": len(accelerators),
    }


def _read_processor() -> str:
    """Return the name of the processor's model, as Linux tells it; elsewhere what Python tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def measure_peak_memory() -> int:
    """Return the largest resident memory of this process in bytes; on a GPU, its memory."""
    found = find_backend().measure_peak_memory()
    if found is not None:
        return found
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
