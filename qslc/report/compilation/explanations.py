"""Explain the steps of a compile, and the words of their notes."""

from __future__ import annotations

import re
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
        "synthesize": (
            "The fixed two-qubit gates are taken out, and a search puts new ones on the device's "
            "couplers, so that every rotation still acts as the circuit as written has it."
        ),
        "walk": (
            "The qubit that has a gate with each other one walks along the device and meets the "
            "others in passing."
        ),
        "route": "SWAPs bring the qubits of each gate together.",
        "parts": (
            "Groups of qubits that no gate joins go to parts of the device that no coupler joins, "
            "each in the way that is best for it. The note says how many went which way."
        ),
        "preparation": (
            "From |0...0> on, a circuit puts the encoded vector where the layer's qubits start; "
            "its angles are found for each token."
        ),
        "native gates": "Two-qubit gates become those that the device has.",
        "last frame": (
            "Gates are added at the end where they take letters from what is read, as long as the "
            "predicted error falls."
        ),
        "good qubits": (
            "The whole circuit moves to where the calibration promises the fewest errors; gates "
            "and depth stay."
        ),
    }
)
"""What each step does, by its name."""

_FORMER_NAMES: Mapping[str, str] = MappingProxyType({"synthesise": "synthesize"})
"""Names of steps in reports of earlier versions."""

_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "frames": (
            r"\d+ frames",
            "The search keeps this many of the best unfinished circuits at each step; a frame is "
            "how its two-qubit gates so far have turned the axes of the rotations to come.",
        ),
        "controlled Paulis": (
            "controlled Paulis",
            "All the two-qubit gates that one CZ and one-qubit gates can make.",
        ),
        "depth": (r"depth [\d.]+,", "The price of making the deepest qubit one level deeper."),
        "spread": (r"spread [\d.]+", "The price of one level on any qubit."),
        "gate": (r"gate [\d.]+", "The price of one two-qubit gate."),
        "ahead": (r"ahead [\d.+]+", "How much the next layers of rotations count beside this one."),
        "holes": (
            r"holes [\d.]+",
            "The price of a qubit that lies between those of a rotation without being one of them.",
        ),
        "fill": (
            r"fill [\d.]+",
            "The price of each further qubit in the region that a rotation spans.",
        ),
        "swaps": (r"\d+ swaps?\b", "SWAP gates that the circuit needs on this way."),
        "shortened": (
            "were shortened",
            "First the circuit was made shorter as if all qubits were coupled.",
        ),
        "steps": (r"steps: \d", "How often the walking qubit takes the place of another."),
        "pendants": (
            r"pendants: \d",
            "Qubits that the walking one never meets: a neighbor of theirs passes it on.",
        ),
    }
)
"""Words of notes: the pattern by which one is known, and what it means."""


def explain_steps(steps: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Explain each of some steps once: its name, and what is done there.

    Raises:
        KeyError: A step has no explanation.
    """
    explained = {}
    for name in steps:
        known = _FORMER_NAMES.get(name, name)
        if known not in EXPLANATIONS:
            raise KeyError(f"the step {name!r} of a compile has no explanation")
        explained[name] = EXPLANATIONS[known]
    return tuple(explained.items())


def explain_words(notes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Explain the words of some notes that need it: each word, and what it means."""
    text = "\n".join(f"{note}," for note in notes)
    return tuple((word, meant) for word, (known, meant) in _WORDS.items() if re.search(known, text))
