"""What the passes do, in a sentence each, for readers of a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

EXPLANATIONS: Mapping[str, str] = MappingProxyType(
    {
        "known states": (
            "A gate becomes smaller, or goes, where the state of one of its qubits is still known "
            "from the start."
        ),
        "cancel inverses": "Gates that undo each other go, also past gates that commute with them.",
        "fuse rotations": "Rotations about one axis that meet become one; their angles add up.",
        "light cone": "Gates that no observable sees go.",
        "absorb Cliffords": (
            "Fixed gates at the end are left out; the observables are measured as they would have "
            "changed them."
        ),
        "place": "Every pair of qubits finds a coupler: the circuit stays as it is.",
        "synthesise": (
            "Fixed two-qubit gates only choose the frame in which the next rotations act on one "
            "qubit each, so they are all taken out, and a beam search finds new ones on couplers "
            "that serve every rotation in its turn. The note says where it searched, how many "
            "frames it kept, and what it weighed."
        ),
        "walk": (
            "The qubit that has a gate with each other one walks along the device. It meets the "
            "others in passing, and a foot, which it never meets, through its neighbour. The note "
            "says how often it takes the place of another."
        ),
        "route": "SWAPs bring the qubits of each gate together.",
        "parts": (
            "Groups of qubits that no gate joins go to parts of the device that no coupler joins, "
            "each in the way that is best for it. The note says how many went which way."
        ),
        "native gates": "Two-qubit gates become those that the device has.",
        "good qubits": (
            "The whole circuit moves to where the calibration promises the fewest errors; gates "
            "and depth stay."
        ),
    }
)
"""By the name of the step."""


def explanations(steps: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The names among the steps that have an explanation, each once, and what is done there."""
    return tuple(
        (name, EXPLANATIONS[name]) for name in dict.fromkeys(steps) if name in EXPLANATIONS
    )
