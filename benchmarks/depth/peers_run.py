"""Collect the results of peers: from the last run where nothing changed, else from a run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.depth.exchange import Task
from benchmarks.depth.peers.registry import PEERS

Line = Mapping[str, Any]
"""What ``peers.record`` keeps of a peer at a case."""

ROOT = Path(__file__).parents[2]


def results(
    tasks: Sequence[Task], known: Iterable[Line], python: Path, scratch: Path
) -> tuple[Line, ...]:
    """Return a line for every task and peer.

    Args:
        tasks: Tasks that the peers compile.
        known: Lines of an earlier run; used where the digest is that of the task.
        python: Interpreter of the environment that the peers are installed in.
        scratch: A folder for the run; its ``peers.jsonl`` grows line by line.
    """
    have = {(line["digest"], line["peer"]): line for line in known}
    scratch.mkdir(parents=True, exist_ok=True)
    lines = scratch / "peers.jsonl"
    for peer in PEERS:
        missing = [task for task in tasks if (task.digest, peer) not in have]
        if missing:
            _run_peer(missing, peer, python, scratch / "tasks.jsonl", lines)
    have |= {(line["digest"], line["peer"]): line for line in read(lines)}
    return tuple(have[task.digest, peer] for task in tasks for peer in PEERS)


def read(path: Path) -> tuple[Line, ...]:
    """Return the lines of a run, complete or not."""
    if not path.exists():
        return ()
    return tuple(map(json.loads, path.read_text(encoding="utf-8").splitlines()))


def _run_peer(tasks: Sequence[Task], peer: str, python: Path, inputs: Path, lines: Path) -> None:
    inputs.write_text("".join(f"{task.as_json()}\n" for task in tasks), encoding="utf-8")
    worker = [str(python), "-m", "benchmarks.depth.peers.worker", str(inputs), str(lines), peer]
    subprocess.run(worker, check=True, cwd=ROOT)
