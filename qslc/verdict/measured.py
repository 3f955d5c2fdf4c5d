"""Measure a compiled layer with the runtime, on this machine and by a sampler."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qslc.diagnostics import Diagnostic, InputError
from qslc.extras import require
from qslc.feasibility.error import Readings

Array = NDArray[np.float64]

BATCH = 256
"""Tokens that the classical layer is given at once."""

REPEATS = 7
"""Times that it is run; the median counts."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Times of this machine for a token, in seconds.

    Args:
        folded_s: The folded layer, in a batch; None where the layer cannot be folded.
        folded_call_s: A call of it with one token.
        prepare_s: Angles of the preparation; None without one.
    """

    folded_s: float | None
    folded_call_s: float | None
    prepare_s: float | None


@dataclass(frozen=True, slots=True)
class Sampled:
    """Readouts of some tokens that a sampler measured.

    Args:
        sampler: Its name.
        tokens: Number of tokens.
        shots: Shots for each token and setting.
        error: Total relative error, with factors fitted on these tokens.
        seconds: Wall time.
    """

    sampler: str
    tokens: int
    shots: int
    error: float
    seconds: float


def load_layer(folder: Path) -> Any:
    """Load the layer of a compile, and make one.

    Raises:
        InputError: The runtime cannot load it.
    """
    require("times and errors of a layer need it", "keras", "keras")
    import qslc_runtime

    try:
        return qslc_runtime.load(folder)
    except ModuleNotFoundError as error:  # the message says what to install
        raise InputError(Diagnostic(str(error))) from None
    except (ImportError, OSError, ValueError) as error:
        raise InputError(Diagnostic(str(error), help="compile the spec again")) from None


def project_tokens(layer_class: Any, states: Array) -> Array:
    """Return what the circuit encodes of hidden states (tokens, d), projected by a new layer."""
    from keras import ops

    layer = layer_class()
    layer.build((None, states.shape[1]))
    down = getattr(layer, "down", None)
    if down is None:
        first, last = layer.PROJECT
        return states[:, first:last]
    return np.asarray(states @ ops.convert_to_numpy(down), np.float64)


def measure_machine(folder: Path, layer_class: Any, features: Array, *, prepared: bool) -> Machine:
    """Measure how long this machine takes for the folded layer, and for the angles of tokens."""
    import qslc_runtime
    from keras import ops

    rows = np.resize(features, (BATCH, features.shape[1])).astype(np.float32)
    folded_s = folded_call_s = None
    try:
        layer = layer_class()
        width = layer.PROJECT[1] if isinstance(layer.PROJECT, tuple) else rows.shape[1]
        wide = np.zeros((BATCH, width), np.float32)
        wide[:, -rows.shape[1] :] = rows
        layer.build(wide.shape)
        folded = layer.fold()
        folded_s = _time(lambda: ops.convert_to_numpy(folded(wide))) / BATCH
        folded_call_s = _time(lambda: ops.convert_to_numpy(folded(wide[:1])))
    except ValueError:
        pass  # it cannot be folded: angles that are multiplied, or too many numbers
    prepare_s = None
    if prepared:
        qslc_runtime.prepare(folder, features[:1])
        started = time.perf_counter()
        qslc_runtime.prepare(folder, features)
        prepare_s = (time.perf_counter() - started) / len(features)
    return Machine(folded_s, folded_call_s, prepare_s)


def _time(function: Callable[[], Any]) -> float:
    function()
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return median(times)


def find_sampler(name: str) -> Any:
    """Return a sampler by what the user wrote.

    A name that the runtime knows, the name of a virtual chip of cirq-google, or
    ``package.module:attribute`` of a ``cirq.Sampler`` or of a function that makes one.

    Raises:
        InputError: There is none, or Keras is not installed.
    """
    require("a sampler measures the layer, which needs it", "keras", "keras")
    import cirq
    from qslc_runtime.sampling.samplers import SAMPLERS

    if name in SAMPLERS:
        return name
    if ":" not in name:
        return _make_virtual_chip(name, tuple(SAMPLERS))
    module, _, attribute = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
        made = found() if callable(found) and not isinstance(found, cirq.Sampler) else found
    except Exception as error:  # the code is the user's
        message = f"no sampler {name!r}: {type(error).__name__}: {error}"
        advice = "write package.module:attribute, of a package that is installed here"
        raise InputError(Diagnostic(message, help=advice)) from None
    if not isinstance(made, cirq.Sampler):
        message = f"{name} is a {type(made).__name__}, and not a cirq.Sampler"
        advice = "name a cirq.Sampler, or a function without arguments that makes one"
        raise InputError(Diagnostic(message, help=advice))
    return made


def _make_virtual_chip(name: str, known: tuple[str, ...]) -> Any:
    """Return the sampler of a noisy virtual chip of cirq-google."""
    try:
        from cirq_google.engine import create_default_noisy_quantum_virtual_machine

        return create_default_noisy_quantum_virtual_machine(name).get_sampler(name)
    except (ImportError, KeyError, ValueError, TypeError, AttributeError):
        message = f"no sampler is called {name!r}"
        advice = (
            f"write one of {', '.join(known)}, a virtual chip of cirq-google (rainbow, weber) "
            "where that is installed, or package.module:attribute"
        )
        raise InputError(Diagnostic(message, help=advice)) from None


def sample(
    layer_class: Any,
    folder: Path,
    options: Mapping[str, Any],
    features: Array,
    rescale: str,
    tell: Callable[[str], None] | None,
) -> Sampled:
    """Measure the readouts of tokens by a sampler, and their error; what it takes is told first.

    Args:
        layer_class: The generated layer.
        folder: Folder of the compile, where jobs are recorded that are not free.
        options: ``sampler``, ``shots`` and ``record`` of engine "sampler".
        features: What the circuit encodes, (tokens, features).
        rescale: What is fitted.
        tell: Function that is told what it will take; None for none.

    Raises:
        InputError: The sampler cannot run the circuit.
    """
    from keras import ops
    from qslc_runtime.engines import create
    from qslc_runtime.sampling import samplers

    sampler, shots, record = (options[key] for key in ("sampler", "shots", "record"))
    if record is None and not samplers.find_sampler(sampler).free:
        record = folder / "jobs.jsonl"
    rows = features.astype(np.float32)
    layer = layer_class()
    layer.build((None, rows.shape[1]) if layer.PROJECT == "none" else (None, _find_width(layer)))
    theta = ops.convert_to_numpy(layer.theta)
    tokens = layer._selection.add_reference(rows)
    try:
        engine: Any = create("sampler", layer_class, {**options, "record": record})
        if tell is not None:
            tell(f"to measure: {engine.estimate(tokens, theta)}")
            tell(f"jobs are recorded in {record}" if record else "jobs are free, and not recorded")
        started = time.perf_counter()
        measured = ops.convert_to_numpy(engine.expectations(ops.convert_to_tensor(tokens), theta))
    except (ImportError, ValueError, RuntimeError, OSError) as error:
        raise InputError(Diagnostic(f"the sampler cannot run the circuit: {error}")) from None
    seconds = time.perf_counter() - started
    exact = create("native", layer_class, {})
    ideal = ops.convert_to_numpy(exact.expectations(ops.convert_to_tensor(tokens), theta))
    readings = Readings(
        ideal.astype(float), measured.astype(float), np.zeros_like(ideal, float), rescale
    )
    name = sampler if isinstance(sampler, str) else type(sampler).__name__
    return Sampled(name, len(rows), shots, readings.predict_error(), seconds)


def _find_width(layer: Any) -> int:
    return int(layer.PROJECT[1] if isinstance(layer.PROJECT, tuple) else max(layer.FEATURES, 1))
