"""The best arm of each method, at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qslc_study.page.words import plus_minus

Json = Mapping[str, Any]

_NAMES = {
    "full": "full fine-tuning",
    "lora": "LoRA",
    "lora_xs": "LoRA-XS",
    "keras_lora": "Keras's LoRA",
    "prefix": "prefix tuning",
    "qsl": "quantum sublayer",
    "quadratic": "quadratic map",
    "vera": "VeRA",
}


@dataclass(frozen=True, slots=True)
class Tile:
    """A method, the lowest test loss of its arms, and which arm it is."""

    label: str
    value: str
    note: str


def tiles(summary: Json) -> list[Tile]:
    """A tile for each method, from the lowest test loss to the highest."""
    best: dict[str, Json] = {}
    arms = [arm for arm in summary["arms"] if "test_loss" in arm["measures"]]
    for arm in sorted(arms, key=lambda arm: arm["measures"]["test_loss"]["mean"]):
        best.setdefault(arm["method"], arm)
    return [
        Tile(
            f"{_NAMES[method]}, test loss",
            plus_minus(arm["measures"]["test_loss"], 3),
            f"{arm['name']}, {arm['parameters']['trainable']:,} trainable",
        )
        for method, arm in best.items()
    ]
