"""LoRA-XS: low-rank adaptation within the singular vectors of the weights (arXiv:2405.17604)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.layer.weights import add_weight, compute_singular_bases
from qslc_runtime.methods.method import Method, check_positive
from qslc_runtime.methods.side_layer import SideLayer


@dataclass(frozen=True)
class LoraXs(Method):
    """``y = base(x) + x A R B``: A = U S and B = V^T fixed, the kernel U S V^T cut to its rank.

    rank**2 parameters for each projection, the matrix R, which starts as zero; group "core".
    Bałazy et al. 2024.

    Args:
        rank: Positive, at most that of the kernel.
    """

    rank: int

    def __post_init__(self) -> None:
        check_positive("rank", self.rank)

    def sublayer(self, seed: int) -> tuple[type[keras.layers.Layer], Mapping[str, Any]]:
        del seed
        return LoraXsUpdate, {"rank": self.rank}


@keras.saving.register_keras_serializable(package="qslc_runtime")
class LoraXsUpdate(SideLayer):
    """``x A R B``: A (d, rank), R (rank, rank), B (rank, units)."""

    basis: ClassVar[str] = "kernel"

    def __init__(self, units: int, *, rank: int, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(units, seed=seed, **kwargs)
        self.rank = rank

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        shapes = {"lora_xs_a": (int(input_shape[-1] or 0), self.rank)}
        shapes |= {"lora_xs_b": (self.rank, self.units)}
        self.lora_xs_a, self.lora_xs_b = (
            add_weight(self, name, np.zeros(shape, np.float32), trainable=False)
            for name, shape in shapes.items()
        )
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

    def call(self, inputs: Any) -> Any:
        x = ops.cast(inputs, "float32")
        added = ops.matmul(ops.matmul(x, self.lora_xs_a), ops.matmul(self.core, self.lora_xs_b))
        return ops.cast(added, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rank": self.rank}
