"""Compile the suite, run the peers, and write the table.

python -m benchmarks.depth [--peers cached] [--cases REGEX] [--seed N] [--peers-python PYTHON]
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.progress import track

from benchmarks.depth.exchange import Task
from benchmarks.depth.ours import compile_case
from benchmarks.depth.peers import Line, collect_lines, read_lines
from benchmarks.depth.scores import Score, find_best, select_ordinary
from benchmarks.depth.suite import SEED, Case, make_suite
from benchmarks.depth.table import make_tables
from benchmarks.depth.tasks import make_task, needs_routing
from benchmarks.report import RESULTS, ROOT, Table, write_lines
from qslc import __version__

SCRATCH = ROOT / "build" / "bench-depth"
TIMED = "qiskit_o3"


def main() -> None:
    options = _parse_options()
    cases = [case for case in make_suite(options.seed) if re.search(options.cases, case.name)]
    tasks = [make_task(case) for case in cases]
    known = _read_known(options.peers)
    lines = collect_lines(tasks, known, options.peers_python, SCRATCH)
    scores = [
        score(case, each, [line for line in lines if line["digest"] == each.digest])
        for case, each in track(list(zip(cases, tasks, strict=True)), "qslc")
    ]
    shown = make_tables(scores, lines)
    for table in shown:
        table.print(width=160)
    if not options.cases and options.seed == SEED:
        _write(scores, lines, shown)


def score(case: Case, each: Task, lines: Sequence[Line]) -> Score:
    """Return our result for a case beside those of the peers."""
    ours, sparing = (compile_case(case, each, objective) for objective in ("depth", "gates"))
    return Score(
        name=case.name,
        pattern=case.pattern,
        routing=needs_routing(each),
        ours=ours.cost,
        sparing=sparing.cost,
        ordinary=find_best(select_ordinary(lines)),
        aware=find_best(lines),
        seconds=round(max(ours.seconds, sparing.seconds), 3),
        qiskit_seconds=next(line["seconds"] for line in lines if line["peer"] == TIMED),
        fault=ours.fault or sparing.fault,
    )


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.depth", description=__doc__)
    parser.add_argument("--peers", choices=("fresh", "cached"), default="fresh")
    parser.add_argument("--cases", default="", help="regular expression that names must hold")
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the suite")
    parser.add_argument("--peers-python", type=Path, default=ROOT / "build/peers/bin/python")
    return parser.parse_args()


def _read_known(peers: str) -> list[Line]:
    """Return results of an earlier run that may be used again, an unfinished one last.

    The peer that our wall time is compared with runs anew, under the same conditions.
    """
    last, unfinished = RESULTS / "depth.json", SCRATCH / "peers.jsonl"
    if peers == "fresh":
        unfinished.unlink(missing_ok=True)
        return []
    written: list[Line] = json.loads(last.read_text("utf-8"))["peers"] if last.exists() else []
    lines = (*written, *read_lines(unfinished))
    return [line for line in lines if line["peer"] != TIMED]


def _write(scores: Sequence[Score], lines: Sequence[Line], shown: Sequence[Table]) -> None:
    versions = {"qslc": __version__}
    for line in lines:
        versions |= line["versions"]
    data = {"versions": versions, "cases": [asdict(each) for each in scores], "peers": lines}
    named = ", ".join(f"{name} {number}" for name, number in versions.items())
    count = f"{len(scores)} of the {len(make_suite())} cases of the suite"
    parts = ("# Two-qubit depth and gates", f"{count}. {named}.", *map(Table.markdown, shown))
    RESULTS.mkdir(exist_ok=True)
    write_lines(RESULTS / "depth.json", data)
    (RESULTS / "depth.md").write_text("\n\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
