"""Measure layers together that see the same hidden states: queries, keys and values of a block.

Keras calls them one after another, but none waits for another. The first that is called has all
of them measured, in one job for each circuit; the others then find their results.
"""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Iterable
from typing import Any

from qslc_runtime.engines.host import run_on_host


class Companions:
    """Layers on engine "sampler" that are called with the same hidden states.

    Args:
        layers: Built layers whose engines were joined.
    """

    def __init__(self, layers: Iterable[Any]) -> None:
        self._layers = [weakref.ref(layer) for layer in layers]
        self._last = b""

    def measure(self, tokens: Any) -> None:
        """Measure what all layers ask for hidden states (tokens, d), unless it was just measured.

        Under a trace of JAX nothing happens: each layer then measures for itself.

        Raises:
            SamplerError, RecordError: As a call of the layers.
        """
        layers = [layer for ref in self._layers if (layer := ref()) is not None]
        asked = [(layer, pair) for layer in layers for pair in layer.list_measurements(tokens)]

        def run(*arrays: Any) -> None:
            digest = hashlib.blake2b(b"".join(array.tobytes() for array in arrays)).digest()
            if digest == self._last:
                return
            engine: Any = layers[0]._engine
            engine.measure_together([*zip(arrays[::2], arrays[1::2], strict=True)])
            self._last = digest

        run_on_host(run, [tensor for _, pair in asked for tensor in pair])


def join(layers: Iterable[Any]) -> None:
    """Let layers that see the same hidden states measure together, where their engines can."""
    able = [layer for layer in layers if hasattr(getattr(layer, "_engine", None), "join")]
    joined = [layer for layer in able[1:] if able[0]._engine.join(layer._engine)]
    if joined:
        companions = Companions([able[0], *joined])
        for layer in (able[0], *joined):
            layer._companions = companions


def separate(layers: Iterable[Any]) -> None:
    """Let each layer measure for itself again."""
    for layer in layers:
        if getattr(layer, "_companions", None) is not None:
            layer._companions = None
