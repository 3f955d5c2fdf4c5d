"""Checks of arguments."""

from __future__ import annotations

import inspect
import math
from typing import Any

from qslc_runtime.insertion.options import suggestion


class Method(type):
    """The type of the methods: says what was meant where an argument's name is unknown."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        names = inspect.signature(cls.__init__).parameters.keys() - {"self"}
        for name in kwargs:
            if name not in names:
                meant = suggestion(name, names) if names else "it takes none"
                raise TypeError(f"{cls.__name__} has no argument {name!r}; {meant}")
        return super().__call__(*args, **kwargs)


def positive(name: str, value: object) -> None:
    """Raise a ValueError unless ``value`` is a positive whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} is a positive whole number; got {value!r}")


def finite(name: str, value: object) -> None:
    """Raise a ValueError unless ``value`` is a finite number."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and math.isfinite(value)):  # type: ignore[arg-type]
        raise ValueError(f"{name} is a finite number; got {value!r}")
