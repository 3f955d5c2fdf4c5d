"""What a reader must know before the tables: what is chance, and what is wrong with single arms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]


def chance(summary: Json) -> str:
    """How many differences exceed the spread, and how many would if no arms differed."""
    pairs = [each for each in summary["differences"] if each["measure"] == "test_loss"]
    larger = sum(each["exceeds_spread"] for each in pairs)
    seeds = len(summary["study"]["seeds"])
    if seeds < 2:
        return "One seed: there are no intervals, and no difference can be told from chance."
    return (
        f"{larger} of {len(pairs)} differences in test loss are larger than the spread of "
        f"{seeds} seeds. Were all arms equal, {0.05 * len(pairs):.1f} would be by chance: the "
        "intervals are not corrected for their number."
    )


def warnings(summary: Json) -> list[str]:
    """What a reader must know about single arms."""
    edges = [arm["name"] for arm in summary["arms"] if arm["rate_at_edge"]]
    diverged = [arm for arm in summary["arms"] if arm["diverged"]]
    found = [
        f"{arm['name']}: {arm['diverged']} of {len(arm['runs'])} runs diverged; it has no results."
        for arm in diverged
    ]
    if edges:
        found.append(f"The best rate is at the edge of the grid: {', '.join(edges)}.")
    cut = sum(summary["cut"].values())
    if cut:
        length = summary["study"]["training"]["length"]
        pairs = "1 pair is" if cut == 1 else f"{cut:,} pairs are"
        found.append(f"{pairs} longer than {length} tokens and cut there.")
    return found
