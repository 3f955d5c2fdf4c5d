"""Text from files in messages."""

from __future__ import annotations


def printable(text: object, limit: int = 200) -> str:
    """The text on one line without control characters, cut where it is long."""
    whole = str(text)
    shown = whole if len(whole) <= limit else whole[: limit - 3] + "..."
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in shown)
