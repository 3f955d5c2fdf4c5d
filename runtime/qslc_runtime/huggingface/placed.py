"""A Keras layer beside a linear module of PyTorch: what is added to the module's output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import torch
from numpy.typing import NDArray


class PlacedLayer(torch.nn.Module):
    """Adds a layer's outputs to those of the module that it is a child of.

    The layer's weights are parameters of this module, under their own names, and it computes with
    the parameters that the module has at the time, also where ``load_state_dict``, a wrapper or
    ``functional_call`` has put others there. They stay float32 when the model is cast.

    Args:
        layer: A built Keras layer.
        columns: Columns of the module's output that it adds to; None for all.
        factor: Factor on what it adds; 0 lets it rest.
    """

    def __init__(
        self,
        layer: keras.layers.Layer,
        columns: NDArray[Any] | None = None,
        factor: float = 1.0,
    ) -> None:
        super().__init__()
        self._hidden = (layer,)  # a tuple, so that PyTorch does not count its weights twice
        self.factor = factor
        self.is_suspended = False
        self.register_buffer(
            "columns",
            None if columns is None else torch.from_numpy(columns.copy()),
            persistent=False,
        )
        for weight in layer.weights:
            self.register_parameter(weight.name, weight.value)

    @property
    def layer(self) -> keras.layers.Layer:
        """The layer, whose weights are the parameters of now."""
        for weight in self._hidden[0].weights:
            weight._value = self._parameters[weight.name]
        return self._hidden[0]

    @property
    def acts(self) -> bool:
        """True while the layer adds to the outputs of the module."""
        return self.factor != 0 and not self.is_suspended

    def extra_repr(self) -> str:
        return repr(self._hidden[0])

    @torch.compiler.disable
    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return what is to be added: (..., d) to (..., units), in the type of the base weights."""
        layer = self._hidden[0]
        weights = [(weight, self._parameters[weight.name]) for weight in layer.weights]
        with (
            keras.device(str(inputs.device)),
            torch.autocast(inputs.device.type, enabled=False),
            keras.StatelessScope(weights) as scope,
        ):
            outputs = layer(inputs, training=self.training)
        for variable in layer.non_trainable_variables:
            changed = scope.get_current_value(variable)
            if changed is not None and variable.name not in self._parameters:
                variable.assign(changed)  # the seed of what is sampled
        return outputs

    def add(self, inputs: torch.Tensor, outputs: torch.Tensor) -> torch.Tensor:
        """Return the module's outputs (..., width) with this layer's added."""
        own = self(inputs)
        own = (own if self.factor == 1 else self.factor * own).to(outputs.dtype)
        if self.columns is None:
            return outputs + own
        return outputs + torch.zeros_like(outputs).index_copy(-1, self.columns, own)

    def _apply(self, function: Callable[[Any], Any], recurse: bool = True) -> Any:
        def keep_type(tensor: torch.Tensor) -> torch.Tensor:
            moved = function(tensor)
            return moved if moved.dtype == tensor.dtype else tensor.to(moved.device)

        return super()._apply(keep_type, recurse)


def add_layers(
    module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: torch.Tensor
) -> torch.Tensor:
    """Add what the layers placed in a module compute: its forward hook.

    They are looked up in the module, so that copies of a model call their own.
    """
    inputs = args[0] if args else next(iter(kwargs.values()))
    for child in module.children():
        if isinstance(child, PlacedLayer) and child.acts:
            output = child.add(inputs, output)
    return output


@contextmanager
def make_on_device(module: torch.nn.Module) -> Iterator[None]:
    """Let Keras put new tensors where those of a module are."""
    some = next(module.parameters(), None)
    if some is not None and some.device.type == "meta":
        raise ValueError("the model has no weights yet (device meta): load them first")
    with keras.device("cpu" if some is None else str(some.device)):
        yield
