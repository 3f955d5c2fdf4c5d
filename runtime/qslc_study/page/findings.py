"""What a study found, in sentences: each says whether a difference exceeds the seeds' spread."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from qslc_study.page.words import comparison
from qslc_study.results.measures import QUALITY, measure

Json = Mapping[str, Any]


def ranking(summary: Json, key: str) -> list[str]:
    """From the best arm to the worst, each beside the next."""
    better = measure(key).better
    arms = [arm for arm in summary["arms"] if key in arm["measures"]]
    arms.sort(key=lambda arm: -better * arm["measures"][key]["mean"])
    found = [_between(summary, a["name"], b["name"], key) for a, b in pairwise(arms)]
    return [comparison(difference) for difference in found if difference]


def budgets(summary: Json) -> list[str]:
    """Each quantum arm beside the LoRA arm with the nearest number of trainable parameters."""
    return list(_budgets(summary))


def _budgets(summary: Json) -> Iterator[str]:
    quantum = [arm for arm in summary["arms"] if arm["method"] == "qsl"]
    others = [arm for arm in summary["arms"] if arm["method"] == "lora"]
    for arm in sorted(quantum, key=_parameters) if others else ():
        near = min(others, key=lambda other: abs(math.log(_parameters(other) / _parameters(arm))))
        sizes = f"{_parameters(arm):,} and {_parameters(near):,} parameters"
        for key in QUALITY:
            difference = _between(summary, arm["name"], near["name"], key)
            if difference:
                yield f"{sizes}: {comparison(difference)}"


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


def _between(summary: Json, first: str, second: str, key: str) -> Json | None:
    return next(
        (
            each
            for each in summary["differences"]
            if each["measure"] == key and {each["first"], each["second"]} == {first, second}
        ),
        None,
    )


def _parameters(arm: Json) -> int:
    return int(arm["parameters"]["trainable"])
