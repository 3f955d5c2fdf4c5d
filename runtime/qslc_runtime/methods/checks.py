"""Checks of arguments."""

from __future__ import annotations


def positive(name: str, value: object) -> None:
    """Raise a ValueError unless ``value`` is a positive whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} is a positive whole number; got {value!r}")
