"""Numbers and arms in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qslc.report.compilation.numbers import MINUS
from qslc.spec.wording import joined

Json = Mapping[str, Any]


def signed(text: str) -> str:
    """A number with a minus sign in the place of a hyphen."""
    return text.replace("-", MINUS)


def interval(low: float | None, high: float | None, digits: int) -> str:
    """ "[0.12, 0.34]", or nothing where one seed gives no interval."""
    if low is None or high is None:
        return ""
    return signed(f"[{low:.{digits}f}, {high:.{digits}f}]")


def plus_minus(estimate: Json, digits: int) -> str:
    """ "3.247 ± 0.012": the mean and half the width of the interval."""
    mean = signed(f"{estimate['mean']:,.{digits}f}")
    if estimate["low"] is None:
        return mean
    return f"{mean} ± {(estimate['high'] - estimate['low']) / 2:.{digits}f}"


def described(arm: Json) -> str:
    """What an arm is: "LoRA, rank 4, on query and value"."""
    where = joined(arm["targets"], "and")
    match arm["method"]:
        case "full":
            return "full fine-tuning"
        case "lora":
            return f"LoRA, rank {arm['rank']}, on {where}"
        case "lora_xs":
            return f"LoRA-XS, rank {arm['rank']}, on {where}"
        case "keras_lora":
            return f"Keras's LoRA, rank {arm['rank']}, on {where}"
        case "prefix":
            return f"prefix tuning, {arm['length']} virtual tokens"
        case "quadratic":
            fixed = "" if arm["trainable_down"] else ", fixed directions"
            return f"classical quadratic map, rank {arm['rank']}{fixed}, on {where}"
        case "vera":
            return f"VeRA, rank {arm['rank']}, on {where}"
    options = ", ".join(f"{key} {value}" for key, value in sorted(arm["options"].items()))
    return f"quantum sublayer{f' ({options})' if options else ''} on {where}"
