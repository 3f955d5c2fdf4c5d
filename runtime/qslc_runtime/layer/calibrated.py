"""Calibration as a part of a layer: measured, shown, saved and forgotten."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from qslc_runtime.layer.correction import (
    Correction,
    calibrate_readouts,
    choose_source,
    choose_target,
)
from qslc_runtime.mitigation.calibration import Calibration, Rescale


class Calibrated:
    """The part of a layer that corrects what a chip makes of its readouts."""

    _correction: Correction

    def calibrate(
        self,
        inputs: Any,
        sampler: Any = None,
        *,
        to: Any = None,
        rescale: Rescale | None = None,
        **options: Any,
    ) -> Calibration:
        """Measure the readouts of some tokens, and correct later ones by a factor and an offset.

        They are fitted to the ideal readouts, which are simulated (``mitigation.fit_calibration``).
        The correction is no weight, does not train, and acts where the layer runs on what it was
        measured with: on engine "native" nothing changes.

        With ``to`` they are fitted to the readouts of a chip instead, for training: engine "noisy",
        which knows no preparation, then has what the preparation's noise leaves of each readout.

        Args:
            inputs: Hidden states (..., d), like those of later calls; a few hundred suffice.
            sampler: What measures: a sampler or its name, or an engine (``engines.create``). None:
                the layer's own engine.
            to: A sampler, its name or an engine whose readouts are to be reached; None: the ideal.
            rescale: "per_readout_offset", "per_readout", "global" or "none". None: what the spec
                says under ``execution``, or else the first.
            options: Options of engine "sampler", such as ``shots`` and ``record``.

        Returns:
            The factors, and the errors before and after.

        Raises:
            ValueError: The engine is exact, the circuit is too large to be simulated, or there are
                too few tokens.
        """
        layer: Any = self
        states = ops.convert_to_tensor(inputs)
        if not layer.built:
            layer.build(tuple(states.shape))
        layer._selection.check_width(layer.name, states.shape)
        source = choose_source(layer, sampler, {} if to is not None else options)
        target = choose_target(layer, to, options)
        tokens = ops.reshape(states, (-1, states.shape[-1]))
        features = layer._selection.select(tokens, getattr(layer, "down", None))
        rows = ops.convert_to_numpy(ops.cast(features, "float32"))
        found = calibrate_readouts(layer, rows, source, rescale, target)
        self._correction.calibration = found
        return found

    @property
    def calibration(self) -> Calibration | None:
        """The last calibration, on whatever source; set it to that of a layer with these angles."""
        return self._correction.calibration

    @calibration.setter
    def calibration(self, value: Calibration | None) -> None:
        self._correction.calibration = value

    def clear_calibration(self) -> None:
        """Forget the calibration."""
        self._correction.calibration = None

    @property
    def variables(self) -> list[keras.Variable]:
        """All state: weights, and the factors of the calibration."""
        own = self._correction.variable
        others: list[keras.Variable] = super().variables  # type: ignore[misc]
        return [*others, *([] if own is None else [own])]

    def save_own_variables(self, store: Any) -> None:
        """Save the weights, and the calibration if there is one."""
        super().save_own_variables(store)  # type: ignore[misc]
        self._correction.save(store)

    def load_own_variables(self, store: Any) -> None:
        """Load the weights, and the calibration that they were saved with, if any."""
        super().load_own_variables(self._correction.load(store))  # type: ignore[misc]
