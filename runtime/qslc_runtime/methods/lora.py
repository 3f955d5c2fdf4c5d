"""Low-rank adaptation: LoRA, LoRA-XS in singular vectors of the weights, VeRA in random ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.layer.weights import add_weight, compute_singular_bases
from qslc_runtime.methods.method import Method, SideLayer, check_finite, check_positive


@keras.saving.register_keras_serializable(package="qslc_runtime")
class LoraUpdate(SideLayer):
    """``(alpha / rank) x A B``: A (d, rank) uniform, B (rank, units) zero."""

    linear: ClassVar[bool] = True

    def __init__(
        self, units: int, *, rank: int, alpha: float | None = None, seed: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(units, seed=seed, **kwargs)
        self.rank = rank
        self.alpha = alpha

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        width = int(input_shape[-1] or 0)
        bound = 1 / math.sqrt(width)  # of the authors' code: kaiming_uniform with a = sqrt(5)
        start = np.random.default_rng(self.seed).uniform(-bound, bound, (width, self.rank))
        self.lora_a = add_weight(self, "lora_a", start.astype(np.float32))
        self.lora_b = add_weight(self, "lora_b", np.zeros((self.rank, self.units), np.float32))

    def update(self, x: Any) -> Any:
        scale = 1.0 if self.alpha is None else self.alpha / self.rank
        return scale * ops.matmul(ops.matmul(x, self.lora_a), self.lora_b)

    @property
    def resolved_options(self) -> dict[str, Any]:
        """Options whose default depends on others."""
        return {"alpha": self.rank if self.alpha is None else self.alpha}


@dataclass(frozen=True)
class Lora(Method):
    """``y = base(x) + (alpha / rank) x A B``: the paper's form, all heads at once.

    rank * (d + units) parameters for each projection; group "lora". Hu et al. 2022,
    arXiv:2106.09685.

    Args:
        rank: Positive.
        alpha: Scales the update; None is ``rank``.

    Example:
        >>> from qslc_runtime.methods import Lora, attach
        >>> attach(model, Lora(rank=2), targets=("query", "value")).trainable_parameters
        64
    """

    layer_type = LoraUpdate
    rank: int
    alpha: float | None = None

    def __post_init__(self) -> None:
        check_positive("rank", self.rank)
        if self.alpha is not None:
            check_finite("alpha", self.alpha)


@keras.saving.register_keras_serializable(package="qslc_runtime")
class LoraXsUpdate(SideLayer):
    """``x A R B``: A (d, rank), R (rank, rank), B (rank, units)."""

    basis: ClassVar[str] = "kernel"
    linear: ClassVar[bool] = True

    def __init__(self, units: int, *, rank: int, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(units, seed=seed, **kwargs)
        self.rank = rank

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        a = np.zeros((int(input_shape[-1] or 0), self.rank), np.float32)
        b = np.zeros((self.rank, self.units), np.float32)
        self.lora_xs_a = add_weight(self, "lora_xs_a", a, trainable=False)
        self.lora_xs_b = add_weight(self, "lora_xs_b", b, trainable=False)
        self.core = add_weight(self, "core", np.zeros((self.rank, self.rank), np.float32))

    def align(self, kernel: NDArray[np.floating[Any]]) -> None:
        """Take A and B from the projection's kernel (d, units).

        Raises:
            ValueError: The rank is above that of the kernel.
        """
        bases = compute_singular_bases(kernel)
        if self.rank > len(bases.values):
            raise ValueError(f"a kernel {kernel.shape} has no {self.rank} singular values")
        self.lora_xs_a.assign(bases.left[:, : self.rank] * bases.values[: self.rank])
        self.lora_xs_b.assign(bases.right[: self.rank])
        self.determined = self.rank <= bases.determined

    def update(self, x: Any) -> Any:
        return ops.matmul(ops.matmul(x, self.lora_xs_a), ops.matmul(self.core, self.lora_xs_b))


@dataclass(frozen=True)
class LoraXs(Method):
    """``y = base(x) + x A R B``: A = U S and B = V^T fixed, the kernel U S V^T cut to its rank.

    rank**2 parameters for each projection, the matrix R, which starts as zero; group "core".
    Bałazy et al. 2024, arXiv:2405.17604.

    Args:
        rank: Positive, at most that of the kernel.

    Example:
        >>> from qslc_runtime.methods import LoraXs, attach
        >>> attach(model, LoraXs(rank=4), targets=("query", "value")).trainable_parameters
        32
    """

    layer_type = LoraXsUpdate
    rank: int

    def __post_init__(self) -> None:
        check_positive("rank", self.rank)


@keras.saving.register_keras_serializable(package="qslc_runtime")
class VeraUpdate(SideLayer):
    """``b * (d * (x A)) B``, A and B drawn from ``shared_seed``."""

    linear: ClassVar[bool] = True

    def __init__(
        self,
        units: int,
        *,
        rank: int,
        start: float = 0.1,
        shared_seed: int = 0,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(units, seed=seed, **kwargs)
        self.rank = rank
        self.start = start
        self.shared_seed = shared_seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self._a, self._b = _draw_matrices(
            int(input_shape[-1] or 0), self.rank, self.units, self.shared_seed
        )
        inner = np.full(self.rank, self.start, np.float32)
        self.inner_scale = add_weight(self, "inner_scale", inner)
        self.outer_scale = add_weight(self, "outer_scale", np.zeros(self.units, np.float32))

    def update(self, x: Any) -> Any:
        inner = self.inner_scale * ops.matmul(x, self._a)
        return self.outer_scale * ops.matmul(inner, self._b)

    @property
    def constants(self) -> dict[str, NDArray[np.float32]]:
        """Arrays drawn from ``shared_seed``: adapter files carry its digest."""
        return {"a": self._a, "b": self._b}


@lru_cache(maxsize=8)
def _draw_matrices(
    width: int, rank: int, units: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw A (width, rank) and B (rank, units), Kaiming-uniform as in the paper."""
    rng = np.random.default_rng(seed)
    return _draw_kaiming(rng, width, rank), _draw_kaiming(rng, rank, units)


def _draw_kaiming(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float32]:
    bound = np.sqrt(6 / rows)
    return rng.uniform(-bound, bound, (rows, columns)).astype(np.float32)


@dataclass(frozen=True)
class Vera(Method):
    """``y = base(x) + b * (d * (x A)) B``: A and B random, fixed and the same in every block.

    rank + units parameters for each projection, the vectors d and b; group "scales". A and B are
    drawn again from the seed, never saved, and count neither as trainable nor in the total.
    Kopiczko et al. 2024, arXiv:2310.11454.

    Args:
        rank: Positive; the paper uses hundreds.
        start: Initial value of d. b starts as zero.

    Example:
        >>> from qslc_runtime.methods import Vera, attach
        >>> attach(model, Vera(rank=32), targets=("query", "value")).trainable_parameters
        80
    """

    rank: int
    start: float = 0.1

    def __post_init__(self) -> None:
        check_positive("rank", self.rank)
        check_finite("start", self.start)

    def sublayer(self, seed: int) -> tuple[type[keras.layers.Layer], Mapping[str, Any]]:
        return VeraUpdate, {**asdict(self), "shared_seed": seed}
