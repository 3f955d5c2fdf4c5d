"""Run the peers: read tasks, one JSON a line, and write a line for each task and peer at once.

python -m benchmarks.depth.peers.worker TASKS RESULTS [PEER ...]
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.depth.exchange import Task
from benchmarks.depth.peers import PEERS
from benchmarks.depth.peers.bench import Bench, Outcome


def main(tasks: str, results: str, *chosen: str) -> None:
    """Run the chosen peers, or all."""
    lines = Path(tasks).read_text(encoding="utf-8").splitlines()
    with Bench() as bench, Path(results).open("a", encoding="utf-8") as file:
        for task in map(Task.from_json, lines):
            for peer in chosen or PEERS:
                record = make_record(task, peer, bench.run_attempts(task, peer))
                file.write(json.dumps(record) + "\n")
                file.flush()


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


if __name__ == "__main__":
    main(*sys.argv[1:])
