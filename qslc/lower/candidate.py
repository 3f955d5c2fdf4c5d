"""A program on a device: one of several among which the compiler chooses."""

from __future__ import annotations

from dataclasses import dataclass

from qslc.ir.program import Placement, Program


@dataclass(frozen=True, slots=True)
class Candidate:
    """A program whose two-qubit gates are on couplers; where its qubits are; how it was made."""

    program: Program
    placement: Placement
    method: str
    note: str
