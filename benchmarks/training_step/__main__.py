"""Measure sublayers beside LoRA of the same budget, in TensorFlow and JAX, and write the tables.

python -m benchmarks.training_step [--models REGEX] [--backends NAME ...] [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from benchmarks.layer_speed.race import Entry, Result, race
from benchmarks.report import RESULTS, Table, write_lines
from benchmarks.training_step.arms import ARMS, SHAPES, TITLES, Arm

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX"}
WRITTEN = 16
"""Tokens that a step of writing writes (``contenders``, which imports Keras)."""

STEP_HEADS = (
    *("sublayers", "beside", "ms", "ratio", "processor ms", "ratio", "peak MiB", "ratio"),
)
TOKEN_HEADS = ("sublayers, folded", "ms", "ratio", "processor ms", "ratio")

Results = dict[tuple[str, str, str], list[Result]]
"""By kind of step, model and backend."""


def main() -> None:
    options = _parse_options()
    shapes = [shape for shape in SHAPES if re.search(options.models, shape)]
    results: Results = {}
    for kind in ("training", "writing"):
        for shape in shapes:
            for backend in options.backends:
                results[kind, shape, backend] = _race(kind, shape, backend, options.rounds)
                _tabulate(kind, shape, backend, results[kind, shape, backend]).print()
    if len(shapes) == len(SHAPES) and set(options.backends) == set(BACKENDS):
        _write(results, options.rounds)


def _race(kind: str, shape: str, backend: str, rounds: int) -> list[Result]:
    tokens = SHAPES[shape].tokens if kind == "training" else WRITTEN
    entries = [Entry(f"{kind}:{shape}", name, tokens) for name in _list_contenders(kind, shape)]
    environment = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
    worker = "benchmarks.training_step.worker"
    return race(entries, rounds, {False: sys.executable}, environment, worker)


def _list_contenders(kind: str, shape: str) -> Iterator[str]:
    """Yield the arms and the LoRAs beside them; merged, these all are the base model."""
    yield from ARMS[shape]
    ranks = sorted({arm.rank for arm in ARMS[shape].values()})
    yield from (f"lora_{rank}" for rank in (ranks if kind == "training" else ranks[:1]))


def _tabulate(kind: str, shape: str, backend: str, results: Sequence[Result]) -> Table:
    found = {result.entry.contender: result for result in results}
    merged = next(result for name, result in found.items() if name.startswith("lora_"))
    rows = []
    for name, arm in ARMS[shape].items():
        own, rival = found[name], merged if kind == "writing" else found[f"lora_{arm.rank}"]
        rows.append(_make_row(name, arm, own, rival, kind))
    title = f"{TITLES[shape]}, {BACKENDS[backend]}"
    heads, texts = (STEP_HEADS, 2) if kind == "training" else (TOKEN_HEADS, 1)
    return Table(heads, tuple(rows), title, texts=texts)


def _make_row(name: str, arm: Arm, own: Result, rival: Result, kind: str) -> tuple[str, ...]:
    tokens = own.entry.tokens if kind == "training" else 1
    wall, processor = (
        (f"{tokens * mine / 1e3:.{0 if kind == 'training' else 2}f}", f"{mine / other:.2f}")
        for mine, other in (
            (own.microseconds, rival.microseconds),
            (own.processor_microseconds, rival.processor_microseconds),
        )
    )
    if kind == "writing":
        return name, *wall, *processor
    peak = f"{own.peak_bytes / 2**20:.0f}", f"{own.peak_bytes / rival.peak_bytes:.2f}"
    return name, f"LoRA, r = {arm.rank}", *wall, *processor, *peak


def _write(results: Results, rounds: int) -> None:
    parts = {
        "training": "## Training steps\n\n",
        "writing": "## Tokens of generate()\n\n",
    }
    for (kind, shape, backend), own in results.items():
        table = _tabulate(kind, shape, backend, own).markdown()
        parts[kind] += f"#{table}\n"
    head = (
        "# A training step and a token beside LoRA\n\n"
        f"Medians of {rounds} rounds on {os.cpu_count()} cores, "
        f"{os.getloadavg()[2]:.0f} processes on average at work or waiting during the last 15 "
        "minutes. Contenders are processes that take turns. Ratios are to LoRA on query and value "
        "of all blocks, of about as many parameters; the smallest, r = 1, stands beside circuit_1k "
        "and circuit_7k, which have a quarter and an eighth of its parameters. "
        "Tokens are written by folded sublayers; merged, LoRA of any rank is the base model.\n\n"
    )
    text = head + "\n".join(parts.values())
    (RESULTS / "training_step.md").write_text(text.rstrip() + "\n", encoding="utf-8")
    flat = [
        {"backend": backend} | asdict(result)
        for (_, _, backend), own in results.items()
        for result in own
    ]
    write_lines(RESULTS / "training_step.json", flat)


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_step")
    parser.add_argument("--models", default="", help="only models whose name matches")
    parser.add_argument("--backends", nargs="+", choices=BACKENDS, default=list(BACKENDS))
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main()
