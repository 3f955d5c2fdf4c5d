"""Train on a backend of Keras: its steps, its devices, and what of them a record holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast

import keras

from qslc_study.training.examples import Batch

BACKENDS = {
    "jax": "qslc_study.training.backends.jax",
    "tensorflow": "qslc_study.training.backends.tensorflow",
}
"""The module of each backend that a study may name, which is a ``Backend``."""

SumLosses = Callable[[Batch], float]
"""Sums the losses of a batch, in nats, over its target tokens."""


@dataclass(frozen=True)
class Steps:
    """A step that changes the weights and returns the mean loss, and one that sums the losses.

    Losses are in nats per target token, the end token included. Outputs are computed at the
    places of target tokens only. ``prepare`` does for a batch what its step would have to do first,
    such as compiling, so that ``train`` takes the time of a step.
    """

    prepare: Callable[[Batch], None]
    train: Callable[[Batch], float]
    sum_losses: SumLosses


class Backend(Protocol):
    """What the module of a backend defines."""

    PACKAGES: tuple[str, ...]
    """Packages whose versions a record holds beside those of Keras."""

    def make_steps(self, backbone: keras.Model, weights: list[Any], optimizer: Any) -> Steps:
        """Make the functions; the optimizer trains the given weights."""

    def make_sum(self, backbone: keras.Model) -> SumLosses:
        """Make the function that sums the losses of a batch; it needs no gradient."""

    def divide(
        self, devices: Mapping[str, int] | None, load: Callable[[], Any]
    ) -> AbstractContextManager[Any]:
        """Let the steps of the context share devices; it gives what ``load`` returns.

        Args:
            devices: Number of parts of a batch, "data", and of a weight of the base, "model"; one
                device, if none are given.
            load: Function that loads the base, whose weights are divided.

        Raises:
            InputError: There are not so many devices.
        """

    def list_accelerators(self) -> list[str]:
        """List the names of the models of the GPUs that this process sees."""

    def measure_peak_memory(self) -> int | None:
        """Return the most memory of a GPU that was in use, in bytes; None where there is none."""


def find_backend() -> Backend:
    """Return the backend that Keras runs on."""
    return cast(Backend, import_module(BACKENDS[keras.config.backend()]))


def count_parts() -> int:
    """Return among how many devices the rows of a batch are divided."""
    distribution = keras.distribution.distribution()
    return int(distribution.device_mesh.shape[0]) if distribution else 1
