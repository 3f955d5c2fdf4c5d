"""LoRA as Keras has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import keras

from qslc_runtime.insertion.attach import renew
from qslc_runtime.insertion.config import check_seed
from qslc_runtime.insertion.flags import TrainableFlags, freeze_weights
from qslc_runtime.insertion.sites import ProjectionSite, site_seed
from qslc_runtime.methods.attached import Attached
from qslc_runtime.methods.checks import positive


@dataclass(frozen=True)
class KerasLora:
    """Keras's own ``enable_lora`` on each projection.

    Keras keeps the axes of a projection's kernel apart: for a kernel (d, heads, w), A is
    (d, heads, rank) and B (rank, w), with one B for all heads. That is rank * (d * heads + w)
    parameters, several times those of ``Lora`` of the same rank; group "lora".

    Args:
        rank: positive.
        alpha: scales the update; None is ``rank``.
    """

    rank: int
    alpha: float | None = None

    def __post_init__(self) -> None:
        positive("rank", self.rank)


def attach_keras_lora(
    model: keras.Model, method: KerasLora, sites: Sequence[ProjectionSite], seed: int
) -> Attached:
    """Freeze the model and enable Keras's LoRA on the projections of ``sites``."""
    check_seed(seed)
    if any(site.projection.lora_enabled for site in sites):
        raise ValueError("LoRA is enabled on these projections already; remove() it first")
    flags = TrainableFlags.of(model)
    freeze_weights(model)
    for site in sites:
        start = keras.initializers.HeUniform(seed=site_seed(seed, site.block, site.target))
        site.projection.enable_lora(
            method.rank, lora_alpha=method.alpha, a_initializer=start, b_initializer="zeros"
        )
    renew(model)

    def remove() -> None:
        for site in sites:
            _disable(site.projection)
        flags.restore()
        renew(model)

    weights = {
        f"{site.path}/{name}": getattr(site.projection, name)
        for site in sites
        for name in ("lora_kernel_a", "lora_kernel_b")
    }
    record = {
        "layer": "keras_lora",
        "digest": None,
        "targets": sorted({site.target for site in sites}),
        "blocks": sorted({site.block for site in sites}),
        "seed": seed,
        "options": asdict(method),
    }
    return Attached(model, record, weights, {"lora": list(weights.values())}, remove)


def _disable(projection: keras.layers.Layer) -> None:
    """What ``enable_lora`` did, undone: Keras has no call for it."""
    if not projection.lora_enabled:
        raise ValueError("the model holds no adapter: it was removed")
    projection.lora_enabled = False
    projection.lora_rank = projection.lora_alpha = None
    del projection.lora_kernel_a, projection.lora_kernel_b
