"""The pairs of a study: read, checked row by row, split by source."""

from __future__ import annotations

from qslc_study.data.parts import Pair, Parts, load_parts

__all__ = ["Pair", "Parts", "load_parts"]
