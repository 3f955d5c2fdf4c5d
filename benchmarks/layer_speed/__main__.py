"""Run qslc and its peers in turn, and write the table.

python -m benchmarks.layer_speed [--cases REGEX] [--rounds N] [--gpu] [--peers-python PYTHON]
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.layer_speed.cases import CASES, CPU, GPU, Case, Platform
from benchmarks.layer_speed.race import Entry, Result, race
from benchmarks.layer_speed.report import measure_machine, tabulate_case
from benchmarks.report import RESULTS, Table, write_lines


def main() -> None:
    options = _parse_options()
    platform = GPU if options.gpu else CPU
    cases = [case for case in CASES.values() if re.search(options.cases, case.name)]
    pythons = {True: options.peers_python, False: sys.executable}
    results = {
        case.name: race(
            _list_entries(case, platform), options.rounds, pythons, platform.environment
        )
        for case in cases
    }
    tables = [tabulate_case(case, results[case.name], platform) for case in cases]
    for table in tables:
        table.print()
    if len(cases) == len(CASES):
        _write(results, tables, options.rounds, platform)


def _list_entries(case: Case, platform: Platform) -> list[Entry]:
    """Return who runs: the contenders, and what measures the machine."""
    contenders = [Entry(case.name, *each) for each in platform.list_contenders(case).items()]
    if case.name.startswith("gpt2"):
        return contenders
    return [
        *contenders,
        Entry(case.name, platform.matrix_rate, platform.edge),
        Entry(case.name, platform.memory_rate, platform.length),
    ]


def _write(
    results: dict[str, list[Result]], tables: Sequence[Table], rounds: int, platform: Platform
) -> None:
    rates = measure_machine(results[next(iter(CASES))], platform)
    head = (
        "# Speed\n\n"
        f"Medians of {rounds} rounds on {platform.describe()}, "
        f"{rates.operations / 1e3:.0f} GFLOP/s in float32 matrix products, "
        f"{rates.bytes / 1e3:.0f} GB/s. Ratios are to the fastest of qslc: "
        "`qslc_*` is the compiled kernel, `keras_*` the same layer's keras.ops code.\n\n"
    )
    RESULTS.mkdir(exist_ok=True)
    text = head + "\n".join(table.markdown() for table in tables)
    flat = [asdict(result) for own in results.values() for result in own]
    (RESULTS / f"{platform.results}.md").write_text(text, encoding="utf-8")
    write_lines(RESULTS / f"{platform.results}.json", flat)


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layer_speed")
    parser.add_argument("--cases", default="", help="only cases whose name matches")
    parser.add_argument("--gpu", action="store_true", help="on an NVIDIA GPU, through JAX")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--peers-python",
        default=str(Path("build/speed_peers/bin/python")),
        help="interpreter of the environment that holds the peers",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
