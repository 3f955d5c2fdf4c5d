"""QuIC: a projection whose output is rotated by compound matrices of small orthogonal ones."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.layer.weights import add_weight
from qslc_runtime.methods.method import Method, SideLayer, check_positive

MAX_ORDER = 3
"""The highest compound: of order k, each of its numbers is a determinant of k! products."""


def count_modes(size: int, orders: Sequence[int]) -> int:
    """Return the largest n whose compounds of all orders fit into ``size`` together."""
    modes = max(orders)
    while sum(math.comb(modes + 1, order) for order in orders) <= size:
        modes += 1
    return modes


def make_orthogonal(skew: Any, modes: int) -> Any:
    """Return the Cayley transforms (..., n, n) of skew-symmetric matrices.

    Args:
        skew: Numbers above the diagonal, (..., n (n - 1) / 2), row by row; zeros give the identity.
        modes: Size n.
    """
    rows, columns = np.triu_indices(modes, 1)
    place = np.full((modes, modes), len(rows))
    place[rows, columns] = place[columns, rows] = np.arange(len(rows))
    sign = np.triu(np.ones((modes, modes), np.float32), 1)
    padded = ops.concatenate([skew, ops.zeros_like(skew[..., :1])], axis=-1)
    matrix = ops.take(padded, place, axis=-1) * (sign - sign.T)
    identity = np.eye(modes, dtype=np.float32)
    return ops.matmul(identity - matrix, ops.inv(identity + matrix))


def compute_compound(matrix: Any, order: int) -> Any:
    """Return the compound matrix: the minors of an order, of all choices of rows and columns.

    Of an orthogonal matrix it is orthogonal (Cauchy and Binet).

    Args:
        matrix: (..., n, n).
        order: Rows and columns of a minor, k; the result has binomial(n, k) of each.
    """
    modes = matrix.shape[-1]
    flat = ops.reshape(matrix, (*matrix.shape[:-2], modes * modes))
    minors = ops.take(flat, _list_minors(modes, order), axis=-1)
    total = 0.0
    for chosen in itertools.permutations(range(order)):
        swaps = sum(chosen[a] > chosen[b] for a, b in itertools.combinations(range(order), 2))
        factors = [minors[..., row, column] for row, column in enumerate(chosen)]
        total = total + (-1.0) ** swaps * math.prod(factors[1:], start=factors[0])
    return total


@lru_cache(maxsize=16)
def _list_minors(modes: int, order: int) -> NDArray[np.int32]:
    """Return where the numbers of each minor stand in a flat matrix, (M, M, order, order)."""
    chosen = np.array(list(itertools.combinations(range(modes), order)), np.int32)
    return chosen[:, None, :, None] * np.int32(modes) + chosen[None, :, None, :]


@keras.saving.register_keras_serializable(package="qslc_runtime")
class QuicUpdate(SideLayer):
    """``x W (Q - 1)``: W the kernel, Q (units, units) of blocks of compounds, at first 1."""

    basis: ClassVar[str] = "kernel"
    linear: ClassVar[bool] = True

    def __init__(
        self,
        units: int,
        *,
        parts: int = 1,
        orders: Sequence[int] = (1, 2),
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(units, seed=seed, **kwargs)
        self.parts = parts
        self.orders = tuple(orders)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        width = int(input_shape[-1] or 0)
        size = self.units // self.parts
        if size < sum(math.comb(max(self.orders), order) for order in self.orders):
            orders = f"orders {list(self.orders)}"
            raise ValueError(f"{self.parts} parts of {orders} do not fit a width of {self.units}")
        self._modes = count_modes(size, self.orders)
        count = self._modes * (self._modes - 1) // 2
        self.skew = add_weight(self, "skew", np.zeros((self.parts, count), np.float32))
        kernel = np.zeros((width, self.units), np.float32)
        self.kernel = add_weight(self, "kernel", kernel, trainable=False)

    def align(self, kernel: NDArray[np.floating[Any]]) -> None:
        """Take the projection's kernel, (d, units)."""
        self.kernel.assign(kernel)

    def update(self, x: Any) -> Any:
        return ops.matmul(x, self.compute_change())

    def compute_change(self) -> Any:
        """Return W (Q - 1), the change of the kernel, (d, units)."""
        base = make_orthogonal(ops.convert_to_tensor(self.skew), self._modes)
        size = self.units // self.parts
        whole = self.parts * size
        split = ops.reshape(self.kernel[:, :whole], (-1, self.parts, size))
        columns, begin = [], 0
        for order in self.orders:
            compound = compute_compound(base, order)
            end = begin + compound.shape[-1]
            own = split[..., begin:end]
            columns.append(ops.einsum("dpi,pij->dpj", own, compound) - own)
            begin = end
        columns.append(ops.zeros_like(split[..., begin:]))
        change = ops.reshape(ops.concatenate(columns, axis=-1), (-1, whole))
        return ops.concatenate([change, ops.zeros_like(self.kernel[:, whole:])], axis=-1)


@dataclass(frozen=True)
class Quic(Method):
    """``y = x W Q + b``: Q orthogonal, of small orthogonal matrices and their compounds.

    Q has ``parts`` blocks of units // parts on the diagonal. Each holds the compounds of ``orders``
    of one orthogonal matrix of n modes, a Cayley transform, side by side, and leaves what is left
    of it as it is; n is the largest that fits. n (n - 1) / 2 parameters for each block, which start
    as zero, group "skew". Order 1 alone is orthogonal fine-tuning in blocks. The bias b is not
    rotated. The adapter holds a copy of the kernel W. Raj and Coyle 2025, arXiv:2502.06916, and
    their code, which has 3 parts; they found that order 2 alone loses most of the gain.

    Args:
        parts: Number of blocks.
        orders: Orders of the compounds, among 1, 2 and 3.

    Example:
        >>> from qslc_runtime.methods import Quic, attach
        >>> attach(model, Quic(), targets=("query", "value")).groups.keys()
        dict_keys(['skew'])
    """

    layer_type = QuicUpdate
    parts: int = 1
    orders: Sequence[int] = (1, 2)

    def __post_init__(self) -> None:
        check_positive("parts", self.parts)
        orders = tuple(self.orders) if isinstance(self.orders, list | tuple) else ()
        known = all(type(order) is int and 1 <= order <= MAX_ORDER for order in orders)
        if not orders or not known or len(set(orders)) < len(orders):
            raise ValueError(f"orders are different numbers from 1 to {MAX_ORDER}: {self.orders!r}")
        object.__setattr__(self, "orders", orders)
