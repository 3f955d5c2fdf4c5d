"""Angles short enough for a gate in a drawing."""

from __future__ import annotations

import re
from typing import Literal

_WIDEST = 8
_NAME = re.compile(r"[^\W\d]\w*")
_INPUT = re.compile(r"x\d+")

Source = Literal["input", "weight", "constant"]


def source(angle: str) -> Source:
    """What an angle depends on; an angle with inputs and weights counts as an input."""
    names = set(_NAME.findall(angle)) - {"pi"}
    if any(_INPUT.fullmatch(name) for name in names):
        return "input"
    return "weight" if names else "constant"


def angle_label(angle: str) -> str:
    """``theta_12`` as θ12 and ``pi/2`` as π/2; "…" for what is too wide."""
    text = re.sub(r"\btheta_(?=\d+\b)", "θ", angle)
    text = re.sub(r"\bpi\b", "π", text).replace(" ", "").replace("*", "·")
    return text if len(text) <= _WIDEST else "…"
