"""Values of angles at many points at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add, mul
from typing import Any

import sympy

Values = Mapping[str, Any]
"""The value of each symbol: a float, or an array with one entry for each point."""


def value(angle: sympy.Expr, values: Values) -> Any:
    """An angle in radians at points given by the values of its symbols: of their shape."""
    if angle.is_Symbol:
        return values[angle.name]
    if not angle.free_symbols:
        return float(angle)
    parts = (value(part, values) for part in angle.args)
    if angle.is_Pow:
        base, exponent = parts
        return base**exponent
    return reduce(add if angle.is_Add else mul, parts)
