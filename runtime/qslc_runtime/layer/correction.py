"""Hold the calibration of a layer's readouts, and measure one."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime import engines
from qslc_runtime.artifact import Artifact, ArtifactError
from qslc_runtime.callers import is_exporting
from qslc_runtime.circuit.steps import list_steps
from qslc_runtime.circuit.sums import list_strings
from qslc_runtime.engines import Engine
from qslc_runtime.mitigation.calibration import Calibration, Rescale, fit_calibration

_ABOUT, _TABLE = "calibration_about", "calibration"
"""Names in the file of a model."""


class Correction:
    """The calibration of a layer, as a variable that every traced function reads.

    A layer on an exact engine has none: nothing is to correct. Nor does a calibration of one source
    act on another. The variable is none of the layer's weights: it is saved where there is a
    calibration, and counted nowhere.

    Args:
        layer: The layer.
        engine: Its engine.
    """

    def __init__(self, layer: Any, engine: Engine) -> None:
        self._readouts = readouts = len(list_strings(layer))
        self._source = engine.source
        self._has_empty = can_be_empty(layer)
        self._calibration: Calibration | None = None
        self._scaling = _stack(np.ones(readouts), np.zeros(readouts))
        self.variable = None
        if not engine.exact:
            self.variable = keras.Variable(
                self._scaling,
                dtype="float32",
                trainable=False,
                autocast=False,
                name="calibration",
            )

    @property
    def calibration(self) -> Calibration | None:
        """Calibration that was measured last, on whatever source."""
        return self._calibration

    @calibration.setter
    def calibration(self, value: Calibration | None) -> None:
        if value is not None and len(value.factors) != self._readouts:
            raise ValueError(
                f"the calibration is of {len(value.factors)} readouts, and the layer has "
                f"{self._readouts}"
            )
        self._calibration = value
        if self.variable is None:
            return
        if value is None or value.source != self._source:
            self._scaling = _stack(np.ones(self._readouts), np.zeros(self._readouts))
        else:
            self._scaling = _stack(value.factors, value.offsets)
        self.variable.assign(self._scaling)

    def apply(self, values: Any, features: Any) -> Any:
        """Return corrected readouts (tokens, M) of tokens with features (tokens, FEATURES)."""
        # An exported file holds the numbers: nobody changes them there.
        scaling = ops.convert_to_tensor(self._scaling if is_exporting() else self.variable)
        corrected = values * scaling[0] + scaling[1]
        if not self._has_empty:
            return corrected
        return ops.where(ops.any(features != 0, axis=-1, keepdims=True), corrected, values)

    def save(self, store: MutableMapping[str, Any]) -> None:
        """Add the calibration, if there is one, to what Keras saves of a layer."""
        if self._calibration is not None:
            about = json.dumps(self._calibration.about, sort_keys=True).encode()
            store[_ABOUT] = np.frombuffer(about, np.uint8)
            store[_TABLE] = self._calibration.table

    def load(self, store: Mapping[str, Any]) -> dict[str, Any]:
        """Take the calibration out of what Keras saved; the rest is returned."""
        rest = {key: store[key] for key in store.keys()}  # noqa: SIM118 - Keras's have no iterator
        about, table = rest.pop(_ABOUT, None), rest.pop(_TABLE, None)
        self.calibration = None
        if about is not None and table is not None:
            text = np.asarray(about).astype(np.uint8).tobytes()
            self.calibration = Calibration.from_table(json.loads(text), np.asarray(table))
        return rest


def _stack(factors: NDArray[Any], offsets: NDArray[Any]) -> NDArray[np.float32]:
    return np.stack([factors, offsets]).astype(np.float32)


def can_be_empty(layer: Any) -> bool:
    """Return whether a token of zeros has no state, and 0 in all readouts by definition."""
    if not layer.encodes_amplitudes or layer.REFERENCE:
        return False
    return not (hasattr(type(layer), "circuit") and list_steps(type(layer))[0].bias)


def make_exact_engine(layer_class: type) -> Engine:
    """Make the engine that computes ideal readouts.

    Raises:
        ValueError: The circuit is too large to be simulated.
    """
    return engines.create("native", layer_class, {})


def choose_source(layer: Any, sampler: Any, options: Mapping[str, Any]) -> Engine:
    """Return the engine that measures the readouts of a calibration.

    Args:
        layer: The layer.
        sampler: An engine; a sampler or the name of one; None: the layer's own engine.
        options: Options of engine "sampler" beside the layer's.

    Raises:
        ValueError: The engine is exact, or has no such options.
    """
    samples = layer.engine == "sampler"
    if options and (isinstance(sampler, Engine) or not (samples or sampler is not None)):
        raise ValueError(
            f'{", ".join(options)}: options are of engine "sampler"; name a sampler beside them'
        )
    if isinstance(sampler, Engine):
        chosen = sampler
    elif sampler is None and not options:
        chosen = layer._engine
    else:
        own = layer.engine_options if samples else {}
        named = {} if sampler is None else {"sampler": sampler}
        chosen = engines.create("sampler", type(layer), {**own, **named, **options})
    if chosen.exact:
        raise ValueError(
            f'engine "{chosen.name}" is exact: there is nothing to calibrate; name a sampler, such '
            'as calibrate(tokens, "noisy")'
        )
    return chosen


def choose_rescale(layer_class: type) -> Rescale:
    """Return what is fitted by default: what the spec says, or a factor and an offset each."""
    try:
        artifact = Artifact.read(Path(inspect.getfile(layer_class)).parent)
    except (ArtifactError, OSError, TypeError):
        return "per_readout_offset"
    return cast(Rescale, artifact.execution.mitigation.rescale)


def choose_target(layer: Any, to: Any, options: Mapping[str, Any]) -> Engine:
    """Return the engine whose readouts are those that a calibration brings others to.

    Args:
        layer: The layer.
        to: As ``sampler`` of ``choose_source``; None: the ideal readouts.
        options: Options of engine "sampler".
    """
    return make_exact_engine(type(layer)) if to is None else choose_source(layer, to, options)


def calibrate_readouts(
    layer: Any,
    features: NDArray[np.float32],
    source: Engine,
    rescale: Rescale | None,
    target: Engine | None = None,
) -> Calibration:
    """Measure the readouts of tokens, and fit what brings them to the ideal ones.

    Args:
        layer: The layer, with its weights.
        features: What its circuit takes: (tokens, FEATURES).
        source: What measures them.
        rescale: What is fitted; None: ``choose_rescale``.
        target: Whose readouts are to be reached, in the place of the ideal ones.

    Raises:
        ValueError: There are too few tokens that hold a state.
    """
    held = np.isfinite(features).all(axis=1)
    if can_be_empty(layer):
        held &= features.any(axis=1)
    rows, theta = features[held], ops.convert_to_numpy(layer.theta)
    target = target or make_exact_engine(type(layer))
    ideal, measured = (
        ops.convert_to_numpy(engine.expectations(ops.convert_to_tensor(rows), theta))
        for engine in (target, source)
    )
    return fit_calibration(
        measured,
        ideal,
        source=source.source,
        rescale=rescale or choose_rescale(type(layer)),
        variances=source.estimate_variances(measured),
        ideal_variances=target.estimate_variances(ideal),
    )


@contextmanager
def record_features(layer: Any) -> Iterator[list[NDArray[np.float32]]]:
    """Run a layer on the exact engine within the ``with`` block, and keep what it was given.

    Yields:
        The features of each call: (tokens, FEATURES).
    """
    recorder = _Recorder(make_exact_engine(type(layer)))
    before = layer._engine, layer._companions
    layer._engine, layer._companions = recorder, None  # nothing is measured
    try:
        yield recorder.seen
    finally:
        layer._engine, layer._companions = before


class _Recorder(Engine):
    """An engine that keeps the features of every call."""

    name = "native"
    exact = differentiable = exportable = True
    supports_jit = False

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.seen: list[NDArray[np.float32]] = []

    def expectations(self, inputs: Any, theta: Any) -> Any:
        return self._engine.expectations(inputs, theta)

    def outputs(self, inputs: Any, theta: Any, up: Any, dtype: str) -> Any:
        self.seen.append(ops.convert_to_numpy(ops.cast(inputs, "float32")))
        return super().outputs(inputs, theta, up, dtype)
