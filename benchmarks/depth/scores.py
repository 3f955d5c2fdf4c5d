"""Compare our results: for each case the best peers, and geometric means of the ratios."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.depth.peers import PEERS, Line
from benchmarks.depth.qasm import Cost


@dataclass(frozen=True, slots=True)
class Best:
    """The least that any of some peers needs, and which peer.

    ``shallowest`` has the least depth and of these the fewest gates; ``smallest`` the other way
    round.
    """

    shallowest: Cost
    smallest: Cost
    shallowest_by: str
    smallest_by: str


@dataclass(frozen=True, slots=True)
class Score:
    """A case with our result beside the best of the peers.

    Args:
        name: Name of the case.
        pattern: Pattern of its entangler.
        routing: Whether it needs routing.
        ours: Depth and gates under the objective "depth", or None where our result did not pass
            the check.
        sparing: The same under the objective "gates".
        ordinary: The best of the peers as they are ordinarily used.
        aware: The best of all peers.
        seconds: Our wall time, the longer of the two.
        qiskit_seconds: Qiskit's wall time for its ten seeds.
        fault: What is wrong with our result, or None.
    """

    name: str
    pattern: str
    routing: bool
    ours: Cost | None
    sparing: Cost | None
    ordinary: Best
    aware: Best
    seconds: float
    qiskit_seconds: float
    fault: str | None

    @property
    def deeper(self) -> bool:
        """Tell whether some peer is shallower, or as deep with fewer gates."""
        return self.ours is None or self.ours > self.aware.shallowest

    @property
    def larger(self) -> bool:
        """Tell whether some peer has fewer gates, or as many and less depth, than we have."""
        return self.sparing is None or self.sparing[::-1] > self.aware.smallest[::-1]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Geometric means over ``count`` cases of ours divided by the best of the peers.

    Depth and gates under the objective "depth", gates under the objective "gates".
    """

    count: int
    depth: float
    gates: float
    sparing: float


def find_best(lines: Iterable[Line]) -> Best:
    """Return the best of some peers at one case.

    Raises:
        ValueError: No peer has a result that holds.
    """
    sound = [line for line in lines if line["shallowest"]]
    if not sound:
        raise ValueError("no peer has a result")
    shallowest, shallowest_by = min(_read_attempt(line, "shallowest") for line in sound)
    smallest, smallest_by = min(
        (_read_attempt(line, "smallest") for line in sound),
        key=lambda found: (found[0][::-1], found[1]),
    )
    return Best(shallowest, smallest, shallowest_by, smallest_by)


def select_ordinary(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if PEERS[line["peer"]].ordinary]


def compute_ratio(scores: Sequence[Score], against: str) -> Ratio:
    """Return geometric means of ours against "aware" or "ordinary".

    Cases in which both need no two-qubit gate say nothing and are left out; where one of the two
    needs none, it is taken for one.
    """
    held = [
        (score.ours, score.sparing, getattr(score, against))
        for score in scores
        if score.ours and score.sparing
    ]
    depths = [(ours.depth, peer.shallowest.depth) for ours, _, peer in held]
    gates = [(ours.gates, peer.smallest.gates) for ours, _, peer in held]
    fewest = [(sparing.gates, peer.smallest.gates) for _, sparing, peer in held]
    return Ratio(sum(map(any, depths)), _average(depths), _average(gates), _average(fewest))


def _average(pairs: Iterable[tuple[int, int]]) -> float:
    quotients = [max(ours, 1) / max(theirs, 1) for ours, theirs in pairs if ours or theirs]
    return statistics.geometric_mean(quotients) if quotients else 1.0


def _read_attempt(line: Line, which: str) -> tuple[Cost, str]:
    """Return the cost of a peer's best attempt, and its name."""
    attempt = line[which]
    return Cost(attempt["depth"], attempt["gates"]), f"{line['peer']}: {attempt['attempt']}"
