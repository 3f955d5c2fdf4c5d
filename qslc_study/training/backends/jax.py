"""Steps as programs of XLA, on one device or on several that share the batch and the base."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from typing import Any, NamedTuple

import jax
import keras
import numpy as np
from jax import numpy as jnp
from keras.distribution import DeviceMesh, LayoutMap, ModelParallel, TensorLayout
from numpy.typing import NDArray

from qslc.diagnostics import Diagnostic, InputError
from qslc.spec.wording import pluralize
from qslc_study.training.backends import Steps, SumLosses, count_parts
from qslc_study.training.examples import Batch

PACKAGES = ("jax", "jaxlib")

STRIDE = 32
"""Batches are padded to a multiple of so many tokens: XLA compiles a program for each shape."""


class _Rows(NamedTuple):
    """A batch whose parts all have its B rows, so that devices share it.

    ``ids`` and ``mask`` (B, T); ``positions``, ``labels`` and ``counted`` (B, P) for up to P target
    tokens of a row, of which those that ``counted`` marks are there.
    """

    ids: NDArray[np.int32]
    mask: NDArray[np.int32]
    positions: NDArray[np.int32]
    labels: NDArray[np.int32]
    counted: NDArray[np.float32]


def make_steps(backbone: keras.Model, weights: list[Any], optimizer: Any) -> Steps:
    """Make the functions; they are compiled for each shape of a batch when it first comes."""
    optimizer.build(weights)
    chosen = {id(weight) for weight in weights}
    rest = [each for each in backbone.variables if id(each) not in chosen]
    drawn = _list_seeds(rest)

    def compute_loss(values: Any, others: Any, rows: _Rows) -> Any:
        known = [*zip(weights, values, strict=True), *zip(rest, others, strict=True)]
        with keras.StatelessScope(state_mapping=known) as scope:
            loss = _sum_losses(backbone, rows, training=True) / jnp.sum(rows.counted)
        return loss, [scope.get_current_value(each) for each in drawn]

    @jax.jit
    def step(values: Any, state: Any, others: Any, rows: _Rows) -> Any:
        differentiate = jax.value_and_grad(compute_loss, has_aux=True)
        (loss, seeds), slopes = differentiate(values, others, rows)
        return loss, seeds, *optimizer.stateless_apply(state, slopes, values)

    def call(batch: Batch) -> Any:
        read = map(_read, (weights, optimizer.variables, rest))
        return step(*read, _lay_out(backbone, batch))

    known: set[Any] = set()

    def prepare(batch: Batch) -> None:
        shapes = tuple(values.shape for values in _lay_out(backbone, batch))
        if shapes not in known:
            loss, *_ = call(batch)  # compiles, and changes nothing
            loss.block_until_ready()
            known.add(shapes)

    def train(batch: Batch) -> float:
        loss, seeds, values, state = call(batch)
        _assign(drawn, seeds)
        _assign(weights, values)
        _assign(optimizer.variables, state)
        return float(loss)

    return Steps(prepare, train, make_sum(backbone))


def make_sum(backbone: keras.Model) -> SumLosses:
    """Make the function that sums the losses of a batch; it needs no gradient."""
    variables = backbone.variables
    drawn = _list_seeds(variables)

    @jax.jit
    def compute(values: Any, rows: _Rows) -> Any:
        known = zip(variables, values, strict=True)
        with keras.StatelessScope(state_mapping=known) as scope:
            total = _sum_losses(backbone, rows, training=False)
        return total, [scope.get_current_value(each) for each in drawn]

    def sum_losses(batch: Batch) -> float:
        total, seeds = compute(_read(variables), _lay_out(backbone, batch))
        _assign(drawn, seeds)
        return float(total)

    return sum_losses


def _list_seeds(variables: list[Any]) -> list[Any]:
    """List the states of seed generators, of dropout and of shots, which a call changes."""
    return [variable for variable in variables if variable.dtype == "uint32"]


def _read(variables: list[Any]) -> list[Any]:
    return [variable.value for variable in variables]


def _assign(variables: list[Any], values: list[Any]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _sum_losses(backbone: keras.Model, rows: _Rows, *, training: bool) -> Any:
    inputs = {"token_ids": rows.ids, "padding_mask": rows.mask}
    hidden = backbone(inputs, training=training)
    chosen = jnp.take_along_axis(hidden, rows.positions[..., None], axis=1)
    logits = backbone.token_embedding(chosen, reverse=True).astype(jnp.float32)
    wanted = jnp.take_along_axis(logits, rows.labels[..., None], axis=-1)[..., 0]
    return jnp.sum((jax.nn.logsumexp(logits, axis=-1) - wanted) * rows.counted)


def _lay_out(backbone: keras.Model, batch: Batch) -> _Rows:
    """Pad a batch, and give each device its rows."""
    parts = count_parts()
    rows = -(-len(batch.ids) // parts) * parts
    longest = getattr(backbone, "max_sequence_length", None)
    width = min(_round_up(batch.ids.shape[1]), longest or np.inf)
    counts = np.bincount(batch.places[:, 0], minlength=rows)
    counted = np.arange(_round_up(counts.max())) < counts[:, None]

    def spread(values: NDArray[np.int32]) -> NDArray[np.int32]:
        found = np.zeros(counted.shape, np.int32)
        found[counted] = values
        return found

    def pad(values: NDArray[np.int32]) -> NDArray[np.int32]:
        return np.pad(values, [(0, rows - len(values)), (0, int(width) - values.shape[1])])

    mask = pad(batch.mask)
    mask[len(batch.ids) :, 0] = 1  # a row without tokens has no softmax
    whole = _Rows(
        pad(batch.ids),
        mask,
        spread(batch.places[:, 1]),
        spread(batch.labels),
        counted.astype(np.float32),
    )
    distribution = keras.distribution.distribution()
    if not distribution:
        return whole
    layouts = (distribution.get_data_layout(values.shape) for values in whole)
    return _Rows(*map(keras.distribution.distribute_tensor, whole, layouts))


def _round_up(length: int) -> int:
    return -(-length // STRIDE) * STRIDE


class _DividedWeights(ModelParallel):  # type: ignore[misc]
    """Divide each weight along its longest axis that the devices divide; others are everywhere."""

    def get_variable_layout(self, variable: Any) -> TensorLayout:
        parts = self.device_mesh.shape[1]
        lengths = [length if length % parts == 0 else 0 for length in variable.shape]
        axes: list[str | None] = [None] * len(lengths)
        if len(lengths) > 1 and any(lengths):
            axes[int(np.argmax(lengths))] = "model"
        return TensorLayout(axes, self.device_mesh)


@contextmanager
def divide(devices: Mapping[str, int] | None, load: Callable[[], Any]) -> Iterator[Any]:
    """Let the steps of the context share devices; it gives what ``load`` returns.

    The batch is divided along the axis "data" of a mesh, and the weights of the base along "model";
    those that are made later, a method's, are on every device.

    Raises:
        InputError: There are not so many devices.
    """
    if not devices:
        yield load()
        return
    shape = (devices["data"], devices["model"])
    wanted, found = prod(shape), keras.distribution.list_devices()
    if wanted > len(found):
        message = f"the study asks for {pluralize(wanted, 'device')}; JAX sees {', '.join(found)}"
        advice = "fewer of training: devices; on a cluster --gpus gives a run as many GPUs"
        raise InputError(Diagnostic(message, help=advice))
    mesh = DeviceMesh(shape, ("data", "model"), found[:wanted])
    options = {"layout_map": LayoutMap(mesh), "batch_dim_name": "data"}
    with _DividedWeights(**options).scope():
        base = load()
    with ModelParallel(**options).scope():
        yield base


def list_accelerators() -> list[str]:
    """List the names of the models of the GPUs that this process sees."""
    return [each.device_kind for each in jax.devices() if each.platform == "gpu"]


def measure_peak_memory() -> int | None:
    """Return the most memory of a GPU that was in use, in bytes; None where there is none."""
    found = [each.memory_stats() for each in jax.local_devices() if each.platform == "gpu"]
    return max((stats["peak_bytes_in_use"] for stats in found if stats), default=None)
