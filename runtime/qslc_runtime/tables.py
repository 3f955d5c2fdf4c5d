"""The constants that generated layers make when they are imported: see ``circuit.tables``."""

from __future__ import annotations

from qslc_runtime.circuit.tables import make_parity as parity
from qslc_runtime.circuit.tables import make_permutation as permutation
from qslc_runtime.circuit.tables import make_strings as signs

__all__ = ["parity", "permutation", "signs"]
