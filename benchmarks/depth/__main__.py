"""Compiles the suite, runs the peers, and writes the table.

python -m benchmarks.depth [--peers cached] [--cases REGEX] [--peers-python PYTHON]
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import track

from benchmarks.depth import peers_run
from benchmarks.depth.embedding import needs_routing
from benchmarks.depth.exchange import Task
from benchmarks.depth.ours import compiled_by_us
from benchmarks.depth.peers_run import ROOT, Line
from benchmarks.depth.scores import Score, best, ordinary
from benchmarks.depth.suite import Case, suite
from benchmarks.depth.table import Table, tables
from benchmarks.depth.tasks import task
from benchmarks.lines import write_lines
from qslc import __version__

SCRATCH = ROOT / "build" / "bench-depth"
RESULTS = ROOT / "benchmarks" / "results"
TIMED = "qiskit_o3"


def main() -> None:
    options = _options()
    cases = [case for case in suite() if re.search(options.cases, case.name)]
    tasks = [task(case) for case in cases]
    known = _known(options.peers)
    lines = peers_run.results(tasks, known, options.peers_python, SCRATCH)
    scores = [
        score(case, each, [line for line in lines if line["digest"] == each.digest])
        for case, each in track(list(zip(cases, tasks, strict=True)), "qslc")
    ]
    shown = tables(scores, lines)
    console = Console(width=160)
    for table in shown:
        console.print(table.rich())
    if not options.cases:
        _write(scores, lines, shown)


def score(case: Case, each: Task, lines: Sequence[Line]) -> Score:
    """Our result for a case beside those of the peers."""
    ours, sparing = (compiled_by_us(case, each, objective) for objective in ("depth", "gates"))
    return Score(
        name=case.name,
        pattern=case.pattern,
        routing=needs_routing(each),
        ours=ours.cost,
        sparing=sparing.cost,
        ordinary=best(ordinary(lines)),
        aware=best(lines),
        seconds=round(max(ours.seconds, sparing.seconds), 3),
        qiskit_seconds=next(line["seconds"] for line in lines if line["peer"] == TIMED),
        fault=ours.fault or sparing.fault,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.depth", description=__doc__)
    parser.add_argument("--peers", choices=("fresh", "cached"), default="fresh")
    parser.add_argument("--cases", default="", help="regular expression that names must hold")
    parser.add_argument("--peers-python", type=Path, default=ROOT / "build/peers/bin/python")
    return parser.parse_args()


def _known(peers: str) -> list[Line]:
    """Results of an earlier run that may be used again, an unfinished one last.

    The peer that our wall time is compared with runs anew, under the same conditions.
    """
    last, unfinished = RESULTS / "depth.json", SCRATCH / "peers.jsonl"
    if peers == "fresh":
        unfinished.unlink(missing_ok=True)
        return []
    written: list[Line] = json.loads(last.read_text("utf-8"))["peers"] if last.exists() else []
    lines = (*written, *peers_run.read(unfinished))
    return [line for line in lines if line["peer"] != TIMED]


def _write(scores: Sequence[Score], lines: Sequence[Line], shown: Sequence[Table]) -> None:
    versions = {"qslc": __version__}
    for line in lines:
        versions |= line["versions"]
    data = {"versions": versions, "cases": [asdict(each) for each in scores], "peers": lines}
    named = ", ".join(f"{name} {number}" for name, number in versions.items())
    count = f"{len(scores)} of the {len(suite())} cases of the suite"
    parts = (
        "# Two-qubit depth and gates",
        f"{count}. {named}.",
        *(table.markdown() for table in shown),
    )
    RESULTS.mkdir(exist_ok=True)
    write_lines(RESULTS / "depth.json", data)
    (RESULTS / "depth.md").write_text("\n\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
