"""The front of quality against trainable parameters."""

from __future__ import annotations

from collections.abc import Mapping


def pareto_front(parameters: Mapping[str, int], losses: Mapping[str, float]) -> list[str]:
    """The arms that no other arm with as few parameters beats, by rising parameters."""
    front: list[str] = []
    best = float("inf")
    for arm in sorted(losses, key=lambda arm: (parameters[arm], losses[arm])):
        if losses[arm] < best:
            best = losses[arm]
            front.append(arm)
    return front
