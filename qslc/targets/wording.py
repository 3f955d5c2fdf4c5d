"""Write fidelities as text."""

from __future__ import annotations

SMALLEST = 1e-300
"""A smaller fidelity is not told from 0."""


def format_fidelity(fidelity: float) -> str:
    """Return a fidelity as text; one that is too small for a number is never 0."""
    return f"{fidelity:.3g}" if fidelity >= SMALLEST else f"under {SMALLEST:g}"
