"""Trained layers in their exact classical form: one dense map and squares."""

from __future__ import annotations

from qslc_runtime.folding.fold import fold
from qslc_runtime.folding.folded import FoldedSublayer

__all__ = ["FoldedSublayer", "fold"]
