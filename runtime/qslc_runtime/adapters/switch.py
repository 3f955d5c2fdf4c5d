"""Switch of the sublayers of an adapter: a variable that every traced function reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
from keras import ops

from qslc_runtime.adapters.model_state import sync_variables
from qslc_runtime.callers import is_exporting, is_traced_for_xla


class Switch:
    """Factor by which all sublayers of one adapter act, in every model that holds them; 0 is off.

    Layers that ask it count its variable among their ``variables``, so that functional code (the
    trainers of JAX, ``stateless_call``) passes it on, but not among their ``weights``: it is
    neither saved nor counted.
    """

    def __init__(self) -> None:
        self.weight = 1.0
        self._is_suspended = False
        self._gone = False
        self.variable = keras.Variable(
            1.0, dtype="float32", trainable=False, autocast=False, name="sublayers_act"
        )

    @property
    def _is_on(self) -> bool:
        return not (self._gone or self._is_suspended or self.weight == 0)

    def set_weight(self, weight: float) -> None:
        """Set the factor; while the switch is turned off, for afterwards."""
        self.weight = weight
        self._assign()

    def turn_off(self) -> None:
        """Turn it off for good."""
        self._gone = True
        self._assign()

    @contextmanager
    def turned_off(self, models: Iterable[keras.Model]) -> Iterator[None]:
        """Turn it off within the ``with`` block.

        Args:
            models: All models that hold the sublayers.
        """
        before = self._is_suspended
        sync_variables(models)
        self._is_suspended = True
        self._assign()
        try:
            yield
        finally:
            sync_variables(models)
            self._is_suspended = before
            self._assign()

    def _assign(self) -> None:
        self.variable.assign(self.weight if self._is_on else 0.0)

    def scale(self, output: Any) -> Any:
        """Return what a sublayer adds, times the factor, in its own dtype."""
        if is_exporting():
            return output if self.weight == 1 else output * self.weight
        return ops.cast(ops.multiply(self.variable, output), output.dtype)

    def branch(
        self,
        sublayer: keras.layers.Layer,
        active: Callable[[], Any],
        inactive: Callable[[], Any],
        layer: keras.layers.Layer | None = None,
    ) -> Any:
        """Return the result of ``active`` or ``inactive``; both run only in TensorFlow's XLA.

        TensorFlow hands a conditional to XLA with shapes that are known at run time only, which
        XLA cannot differentiate: there, both are run and one is selected.

        Args:
            sublayer: The sublayer in question.
            active: The function with it.
            inactive: The function without it; its result has the same shape and type.
            layer: The layer that both may call, if its calls change state, as those of dropout do.
        """
        known = self._find_known(sublayer)
        if known is not None:
            return active() if known else inactive()
        selects = is_traced_for_xla()
        state = () if layer is None else _list_state(layer, self.variable)
        if not state or not (selects or keras.backend.backend() == "jax"):
            return _choose(selects, self._read(), active, inactive)
        result, values = _choose(
            selects,
            self._read(),
            *(_return_state(function, layer, state) for function in (active, inactive)),
        )
        for variable, value in zip(state, values, strict=True):
            variable.assign(value)
        return result

    def select(self, sublayer: keras.layers.Layer, active: Callable[[], Any], inactive: Any) -> Any:
        """Return the result of ``active``, or ``inactive``; in a graph ``active`` always runs."""
        known = self._find_known(sublayer)
        if known is not None:
            return active() if known else inactive
        return ops.where(self._read(), active(), inactive)

    def _find_known(self, sublayer: keras.layers.Layer) -> bool | None:
        """Return the value where it is one, and None where a function is traced for both.

        An exported file holds one of both: nobody turns its switch. A function that is traced for
        XLA while the switch is off (``model_state.compile_without``) leaves out a sublayer that
        XLA cannot take.
        """
        if is_exporting():
            return self._is_on
        try:
            return bool(self._read())
        except TypeError:  # of TensorFlow and of JAX: a symbolic tensor has no truth value
            in_xla = keras.backend.backend() == "jax" or is_traced_for_xla()
            return False if self._is_suspended and not sublayer.supports_jit and in_xla else None

    def _read(self) -> Any:
        """Return whether it is on as a tensor."""
        return ops.not_equal(self.variable, 0.0)


def _choose(
    selects: bool, condition: Any, active: Callable[[], Any], inactive: Callable[[], Any]
) -> Any:
    if not selects:
        return ops.cond(condition, active, inactive)
    return keras.tree.map_structure(
        lambda one, other: ops.where(condition, one, other), active(), inactive()
    )


def _list_state(layer: keras.layers.Layer, switch: keras.Variable) -> tuple[keras.Variable, ...]:
    """Return what calls of a layer may change, other than weights: the seeds of its dropout."""
    fixed = {id(switch), *(id(weight) for weight in layer.weights)}
    return tuple(variable for variable in layer.variables if id(variable) not in fixed)


def _return_state(
    function: Callable[[], Any], layer: keras.layers.Layer, state: tuple[keras.Variable, ...]
) -> Callable[[], tuple[Any, list[Any]]]:
    """Return ``function`` with what it leaves in ``state`` as a second result.

    JAX traces each branch by itself: nothing that is made in one may be stored outside of it. And
    where both are run, both start from the same state, and one of them leaves its own behind.
    """

    def run() -> tuple[Any, list[Any]]:
        now = [(variable, variable.value) for variable in layer.variables]
        with keras.StatelessScope(now) as scope:
            result = function()
        return result, [scope.get_current_value(variable) for variable in state]

    return run
