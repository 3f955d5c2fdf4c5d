"""The table of objectives: what the compiler aims at when it chooses between equal circuits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from qslc.registry import Registry

Cost: TypeAlias = tuple[float, ...]
"""Numbers that are compared one after another; of two circuits, the smaller one is better."""

Unit: TypeAlias = Literal["error", "gates", "cost"]
"""What a number of a cost counts."""

Saves: TypeAlias = Literal["depth", "gates"]
"""What a search for circuits saves first."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of the cost of a circuit in native gates.

    Args:
        depth: Two-qubit depth, in units of CZ.
        gates: Number of two-qubit gates, in units of CZ.
        error: Predicted error of the readouts relative to their size, or 0 where that is not known.
    """

    depth: int
    gates: int
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Objective:
    """An entry of ``OBJECTIVES``.

    Args:
        name: Name in a spec.
        rank: Function that gives the cost of a circuit.
        unit: What the first number of that cost counts; an "error" is known where the device
            has a calibration, which the spec's check demands.
        saves: What searches for circuits save first.
        aim: What the objective is, as the beginning of a sentence of the report.
        measure: How the report explains the costs that it shows.
        finalists: Number of circuits that are written out and cleaned up before one is chosen.

    Raises:
        ValueError: The unit, or what is saved, is another word.
    """

    name: str
    rank: Callable[[Figures], Cost]
    unit: Unit
    saves: Saves
    aim: str
    measure: str
    finalists: int = 3

    def __post_init__(self) -> None:
        for field, known in (("unit", get_args(Unit)), ("saves", get_args(Saves))):
            if (given := getattr(self, field)) and given not in known:
                words = ", ".join(known)
                message = f"{field} is one of {words}: {given!r}"
                raise ValueError(f"the objective {self.name!r}: {message}")

    @property
    def needs_calibration(self) -> bool:
        """Tell whether the objective can only be computed on a calibrated device."""
        return self.unit == "error"


def _rank_by_depth(figures: Figures) -> Cost:
    """Count depth first, but not at any price, for gates are noise too.

    One percent of depth is worth two percent of gates; of circuits that are equal in that, the one
    with less depth is taken.
    """
    return figures.depth**2 * figures.gates, figures.depth


OBJECTIVES = Registry(
    "objective",
    (
        Objective(
            "depth",
            _rank_by_depth,
            unit="cost",
            saves="depth",
            aim="The objective is depth, at a fair price in gates",
            measure="Cost: two-qubit depth squared, times two-qubit gates.",
        ),
        Objective(
            "gates",
            lambda figures: (figures.gates, figures.depth),
            unit="gates",
            saves="gates",
            aim="The objective is gates: the fewest two-qubit gates win, then the least depth",
            measure="Cost: two-qubit gates.",
        ),
        Objective(
            "fidelity",
            lambda figures: (figures.error, *_rank_by_depth(figures)),
            unit="error",
            saves="depth",
            aim="The objective is fidelity: the least predicted error, on the best qubits, wins",
            measure="Error: predicted, on the best qubits for each, beside the size of readouts.",
            finalists=12,
        ),
    ),
)


def choose_objective(calibrated: bool) -> str:
    """Return the name of the objective where none is given."""
    return "fidelity" if calibrated else "depth"
