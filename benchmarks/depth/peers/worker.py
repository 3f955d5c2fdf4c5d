"""Runs the peers: reads tasks, one JSON a line, and writes a line for each task and peer at once.

python -m benchmarks.depth.peers.worker TASKS RESULTS [PEER ...]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.depth.exchange import Task
from benchmarks.depth.peers.bench import Bench
from benchmarks.depth.peers.record import make_record
from benchmarks.depth.peers.registry import PEERS


def main(tasks: str, results: str, *chosen: str) -> None:
    with Bench() as bench, Path(results).open("a", encoding="utf-8") as file:
        for task in _read_tasks(Path(tasks)):
            for peer in chosen or PEERS:
                line = make_record(task, peer, bench.run_attempts(task, peer))
                file.write(json.dumps(line) + "\n")
                file.flush()


def _read_tasks(path: Path) -> Iterator[Task]:
    return map(Task.from_json, path.read_text(encoding="utf-8").splitlines())


if __name__ == "__main__":
    main(*sys.argv[1:])
