"""Other compilers, one file each. They run in an environment of their own, without qslc."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from benchmarks.depth.exchange import Task

ROOT = Path(__file__).parents[3]

Line = Mapping[str, Any]
"""What ``worker.make_record`` keeps of a peer at a case."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer.

    Args:
        packages: Packages whose versions its results depend on.
        ordinary: Whether this is how the package is ordinarily used, without opt-in passes.
    """

    packages: tuple[str, ...]
    ordinary: bool = False


PEERS: Mapping[str, Peer] = MappingProxyType(
    {
        "qiskit_o3": Peer(("qiskit",), ordinary=True),
        "tket": Peer(("pytket",), ordinary=True),
        "cirq_router": Peer(("cirq-core",), ordinary=True),
        "bqskit_search": Peer(("bqskit",), ordinary=True),
        "qiskit_linear": Peer(("qiskit",)),
        "tket_aware": Peer(("pytket",)),
        "tket_then_qiskit": Peer(("pytket", "qiskit")),
    }
)
"""By the name of the file that runs them."""


def collect_lines(
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
    have |= {(line["digest"], line["peer"]): line for line in read_lines(lines)}
    return tuple(have[task.digest, peer] for task in tasks for peer in PEERS)


def read_lines(path: Path) -> tuple[Line, ...]:
    """Return the lines of a run, complete or not."""
    if not path.exists():
        return ()
    return tuple(map(json.loads, path.read_text(encoding="utf-8").splitlines()))


def _run_peer(tasks: Sequence[Task], peer: str, python: Path, inputs: Path, lines: Path) -> None:
    inputs.write_text("".join(f"{task.as_json()}\n" for task in tasks), encoding="utf-8")
    worker = [str(python), "-m", "benchmarks.depth.peers.worker", str(inputs), str(lines), peer]
    subprocess.run(worker, check=True, cwd=ROOT)
