"""Keep of a peer's attempts at a case: the best two, the wall time, and what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from benchmarks.depth.exchange import Task
from benchmarks.depth.peers.bench import Outcome
from benchmarks.depth.peers.registry import PEERS


def make_record(task: Task, peer: str, attempts: Sequence[Outcome]) -> dict[str, Any]:
    """Return one line of results.

    ``shallowest`` is the attempt with least depth, and of these with fewest gates; ``smallest``
    the other way round. Both are null where no attempt held.
    """
    sound = [each for each in attempts if each["fault"] is None]
    return {
        "case": task.name,
        "digest": task.digest,
        "peer": peer,
        "versions": {name: version(name) for name in PEERS[peer].packages},
        "shallowest": min(sound, key=lambda each: (each["depth"], each["gates"]), default=None),
        "smallest": min(sound, key=lambda each: (each["gates"], each["depth"]), default=None),
        "seconds": round(sum(each.get("seconds", 0.0) for each in attempts), 2),
        "attempts": len(attempts),
        "faults": dict(Counter(each["fault"] for each in attempts if each["fault"])),
    }
