"""Tell the name of each step of long work, before it is begun."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str], None]
"""Function that is told the name of each step before it is begun."""


def ignore(_: str) -> None:
    """Tell nobody."""
