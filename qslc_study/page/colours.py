"""A colour for each arm: a hue for each method, read on a light and on a dark page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

_HUES: Mapping[str, tuple[str, ...]] = {
    "full": ("#8a9099",),
    "lora": ("#3f7ad6", "#7aa7ec", "#2a56a0", "#5b8fb9"),
    "lora_xs": ("#5560c8", "#8d95e0"),
    "keras_lora": ("#35a7c4", "#6fc6db"),
    "prefix": ("#3c9d63", "#79c497", "#2a7448"),
    "qsl": ("#d9622b", "#e8a33d", "#c23b52", "#a8602f", "#ec8a76", "#d8bb3f"),
    "quadratic": ("#9061c2", "#b893dc", "#6d4199"),
    "vera": ("#2c9c95", "#6cc2bc"),
}
_DASHES = ("-", "--", ":", "-.")
_CSS = {"-": "solid", "--": "dashed", ":": "dotted", "-.": "dashed"}


def styles(arms: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    """Colour and dash of each arm by name; arms of a method differ in shade, then in dash."""
    counts: Counter[str] = Counter()
    found: dict[str, tuple[str, str]] = {}
    for arm in arms:
        hues, position = _HUES[arm["method"]], counts[arm["method"]]
        dash = _DASHES[position // len(hues) % len(_DASHES)]
        found[arm["name"]] = hues[position % len(hues)], dash
        counts[arm["method"]] += 1
    return found


def css(dash: str) -> str:
    """The dash as a border's style."""
    return _CSS[dash]
