"""Word messages: values as a reader wrote them, choices, suggestions, fidelities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from qslc.diagnostics import escape

MAX_SHOWN = 60

SMALLEST = 1e-300
"""A smaller fidelity is not told from 0."""

_OTHER_NAMES = {
    "cx": "cnot",
    "hadamard": "h",
    "all-to-all": "all_to_all",
    "circular": "ring",
    "full": "all_to_all",
}
"""What other tools call the same thing."""


def quote(text: str) -> str:
    """Return a text in quotes, on one line, not longer than a reader wants to see."""
    clipped = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."
    return f'"{escape(clipped)}"'


def describe(value: Any) -> str:
    """Return what a value is: the text "ten", 10.5, a list."""
    if isinstance(value, str):
        return f"the text {quote(value)}"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if abs(value) < 10**30 else "a huge number"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "a list"
    return "a mapping" if isinstance(value, Mapping) else f"a {type(value).__name__}"


def join_words(words: Iterable[str], last: str = "or") -> str:
    """Return a list in words: "a, b or c"."""
    *rest, end = words
    return f"{', '.join(rest)} {last} {end}" if rest else end


def pluralize(number: int, noun: str) -> str:
    """Return a number with its noun: "1 qubit", "2 qubits"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def find_closest(word: Any, known: Iterable[str]) -> str:
    """Return the known word that a wrong one was probably meant to be, or an empty text."""
    if not isinstance(word, str):
        return ""
    if _OTHER_NAMES.get(word) in (known := tuple(known)):
        return _OTHER_NAMES[word]
    spelled = {candidate.lower(): candidate for candidate in known}
    begun = [candidate for candidate in spelled if candidate.startswith(f"{word.lower()}_")]
    close = begun if len(begun) == 1 else get_close_matches(word[:MAX_SHOWN].lower(), spelled, n=1)
    return spelled[close[0]] if close else ""


def suggest(word: Any, known: Iterable[str]) -> str:
    """Return a help that names the closest known word, or an empty text."""
    close = find_closest(word, known)
    return f'did you mean "{close}"?' if close else ""


def format_fidelity(fidelity: float) -> str:
    """Return a fidelity as text; one that is too small for a number is never 0."""
    return f"{fidelity:.3g}" if fidelity >= SMALLEST else f"under {SMALLEST:g}"
