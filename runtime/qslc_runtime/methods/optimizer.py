"""AdamW with a learning rate for each group of weights, which Keras has no optimizer for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from qslc_runtime.adapters import Adapter


def grouped_adamw(
    attached: Adapter | Sequence[Adapter],
    rates: Mapping[str, float],
    *,
    schedule: float | keras.optimizers.schedules.LearningRateSchedule = 1.0,
    weight_decay: float = 0.0,
    **options: Any,
) -> GroupedAdamW:
    """Make an optimizer for the weights that a method trains.

    Args:
        attached: What ``attach`` returned, or several such that train together.
        rates: Learning rate of each group of ``attached.groups``.
        schedule: Factor on all rates, or a Keras schedule of one.
        weight_decay: Decoupled weight decay, times the weight's own learning rate.
        options: Further arguments of ``keras.optimizers.Adam``, such as ``beta_2``.

    Raises:
        ValueError: A group has no rate, or a rate has no group.
    """
    adapters = [attached] if isinstance(attached, Adapter) else attached
    groups = [(group, weights) for each in adapters for group, weights in each.groups.items()]
    known = {group for group, _ in groups}
    if set(rates) != known:
        raise ValueError(
            f"rates are needed for {', '.join(sorted(known))}; "
            f"got {', '.join(sorted(rates)) or 'none'}"
        )
    by_name = {weight.name: float(rates[group]) for group, weights in groups for weight in weights}
    return GroupedAdamW(by_name, learning_rate=schedule, weight_decay=weight_decay, **options)


@keras.saving.register_keras_serializable(package="qslc_runtime")
class GroupedAdamW(keras.optimizers.Adam):  # type: ignore[misc]
    """AdamW (Loshchilov and Hutter 2019) whose learning rate depends on the weight's name.

    Args:
        rates: Learning rate for each name ("theta", "up", ...).
        learning_rate: Factor on all of them, a number or a schedule.
        weight_decay: Decoupled weight decay, times the weight's own learning rate.
        options: Further arguments of ``keras.optimizers.Adam``.

    Example:
        >>> adapter = qslc_runtime.insert(model, "build/my_layer")
        >>> optimizer = qslc_runtime.methods.GroupedAdamW({"theta": 0.1, "up": 0.01})
        >>> model.compile(optimizer, loss="mse", jit_compile=False)
    """

    def __init__(
        self,
        rates: Mapping[str, float],
        learning_rate: Any = 1.0,
        weight_decay: float = 0.0,
        name: str = "grouped_adamw",
        **options: Any,
    ) -> None:
        super().__init__(
            learning_rate=learning_rate, weight_decay=weight_decay, name=name, **options
        )
        self.rates = dict(rates)

    def build(self, variables: list[keras.Variable]) -> None:
        """Allocate the moments.

        Raises:
            ValueError: A weight has no rate.
        """
        unknown = sorted({variable.name for variable in variables} - set(self.rates))
        if unknown:
            raise ValueError(f"no learning rate for the weights named {', '.join(unknown)}")
        super().build(variables)
        self._rate_of = tuple(self.rates[variable.name] for variable in variables)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        factor = self._rate_of[self._get_variable_index(variable)]
        rate = ops.cast(learning_rate, variable.dtype) * factor
        if self.weight_decay:
            self.assign_sub(variable, variable * (rate * self.weight_decay))
        super().update_step(gradient, variable, rate)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rates": dict(self.rates)}

    def _apply_weight_decay(self, variables: list[keras.Variable]) -> None:
        """Do nothing: ``update_step`` does it, where the weight's own rate is known."""
