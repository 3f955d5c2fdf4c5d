"""Whether the sublayers of an adapter act: a variable that every traced function reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from qslc_runtime.callers import is_exporting


class Switch:
    """On or off, for all sublayers of one adapter, in every model that holds them.

    Layers that ask it count its variable among their ``variables``, so that functional code (the
    trainers of JAX, ``stateless_call``) passes it on, but not among their ``weights``: it is
    neither saved nor counted.
    """

    def __init__(self) -> None:
        self._turned_on = True
        self.variable = keras.Variable(
            True, dtype="bool", trainable=False, autocast=False, name="sublayers_act"
        )

    @property
    def on(self) -> bool:
        """What the switch says now, outside of traced functions."""
        return bool(ops.convert_to_numpy(self.variable))

    def turn(self, on: bool) -> None:
        self._turned_on = on
        self.variable.assign(on)

    def branch(
        self,
        acting: Callable[[], Any],
        resting: Callable[[], Any],
        layer: keras.layers.Layer | None = None,
    ) -> Any:
        """The result of ``acting`` or ``resting``; only that one is run, when a graph runs too.

        Args:
            acting: with the sublayer.
            resting: without; its result has the same shape and type.
            layer: what both may call, if its calls change state, as dropout changes its seed.
        """
        known = self._known()
        if known is not None:
            return acting() if known else resting()
        condition = self._read()
        state = () if layer is None else _state(layer, self.variable)
        if layer is None or not state or keras.backend.backend() != "jax":
            return ops.cond(condition, acting, resting)
        result, values = ops.cond(
            condition, *(_with_state(function, layer, state) for function in (acting, resting))
        )
        for variable, value in zip(state, values, strict=True):
            variable.assign(value)
        return result

    def select(self, acting: Callable[[], Any], resting: Any) -> Any:
        """The result of ``acting`` or ``resting``; in a graph, ``acting`` is run in any case."""
        known = self._known()
        if known is not None:
            return acting() if known else resting
        return ops.where(self._read(), acting(), resting)

    def _known(self) -> bool | None:
        """The value, where it is one; None where a function is traced for both.

        An exported file holds one of both: nobody turns its switch.
        """
        if is_exporting():
            return self._turned_on
        try:
            return bool(self.variable.value)
        except TypeError:  # of TensorFlow and of JAX: a symbolic tensor has no truth value
            return None

    def _read(self) -> Any:
        """The value as a tensor: ``convert_to_tensor`` returns variables of TensorFlow as such."""
        return ops.logical_or(self.variable, False)


def _state(layer: keras.layers.Layer, switch: keras.Variable) -> tuple[keras.Variable, ...]:
    """What calls of a layer may change, other than weights: the seeds of its dropout."""
    fixed = {id(switch), *(id(weight) for weight in layer.weights)}
    return tuple(variable for variable in layer.variables if id(variable) not in fixed)


def _with_state(
    function: Callable[[], Any], layer: keras.layers.Layer, state: tuple[keras.Variable, ...]
) -> Callable[[], tuple[Any, list[Any]]]:
    """``function``, which then returns what it leaves in ``state`` too.

    JAX traces each branch by itself: nothing that is made in one may be stored outside of it.
    """

    def run() -> tuple[Any, list[Any]]:
        now = [(variable, variable.value) for variable in layer.variables]
        with keras.StatelessScope(now) as scope:
            result = function()
        return result, [scope.get_current_value(variable) for variable in state]

    return run
