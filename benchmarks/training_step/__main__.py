"""Measure sublayers beside LoRA of the same budget, in TensorFlow and JAX, and write the tables.

python -m benchmarks.training_step [--models REGEX] [--backends NAME ...] [--rounds N]

What is not measured stays in the tables as it was.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from benchmarks.layer_speed.race import Entry, race
from benchmarks.report import RESULTS, ROOT, Table, write_lines
from benchmarks.training_step.arms import ARMS, BUILD, SHAPES, TITLES
from qslc import compile_to, parse

SPECS = ROOT / "examples" / "e2e_study"

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX"}
KINDS = {"training": "Training steps", "writing": "Tokens of generate()"}
WRITTEN = 16
"""Tokens that a step of writing writes (``contenders``, which imports Keras)."""

TIMES = ("ms", "ratio", "processor ms", "ratio")
HEADS = {
    "training": ("sublayers", "beside", *TIMES, "peak MiB", "ratio"),
    "writing": ("sublayers, folded", "beside", *TIMES),
}
HEAD = (
    "# A training step and a token beside LoRA\n\n"
    "Medians of rounds in which sublayers and LoRA, processes of their own, take turns. LoRA is on "
    "query and value of all blocks and has about as many parameters; the smallest, r = 1, stands "
    "beside circuit_1k and circuit_7k, which have a quarter and an eighth of its parameters. "
    "Tokens are written by folded sublayers; merged, LoRA of any rank is the base model. Load is "
    "how many processes of the machine worked or waited on average.\n"
)

Record = Mapping[str, Any]
"""A contender's medians, and when and where they were measured."""


def main() -> None:
    options = _parse_options()
    path = RESULTS / "training_step.json"
    records: list[Record] = json.loads(path.read_text("utf-8")) if path.exists() else []
    shapes = [shape for shape in SHAPES if re.search(options.models, shape)]
    for arm in (arm for shape in shapes for arm in ARMS[shape].values()):
        compile_to(parse((SPECS / f"{arm.spec}.yaml").read_text("utf-8")), BUILD / arm.spec)
    for kind, shape, backend in product(KINDS, shapes, options.backends):
        place = {"kind": kind, "model": shape, "backend": backend}
        measured = _measure(place, options.rounds)
        _tabulate(place, measured).print()
        others = [record for record in records if not record.items() >= place.items()]
        records = [*others, *measured]
        write_lines(path, records)
        (RESULTS / "training_step.md").write_text(_write_text(records), encoding="utf-8")


def _measure(place: Mapping[str, str], rounds: int) -> list[Record]:
    """Run each LoRA and the sublayers beside it in turn."""
    names = ARMS[place["model"]]
    ranks = sorted({arm.rank for arm in names.values()})
    if place["kind"] == "writing":  # merged, LoRAs are all the same
        groups = [[f"lora_{ranks[0]}", *names]]
    else:
        groups = [
            [f"lora_{rank}", *(name for name, arm in names.items() if arm.rank == rank)]
            for rank in ranks
        ]
    return [record for group in groups for record in _race(place, group, rounds)]


def _race(place: Mapping[str, str], group: Sequence[str], rounds: int) -> list[Record]:
    kind, shape = place["kind"], place["model"]
    tokens = SHAPES[shape].tokens if kind == "training" else WRITTEN
    per_step = tokens if kind == "training" else 1
    entries = [Entry(f"{kind}:{shape}", name, tokens) for name in group]
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
    found = race(
        entries,
        rounds,
        {False: sys.executable},
        environment | {"KERAS_BACKEND": place["backend"]},
        "benchmarks.training_step.worker",
    )
    machine = {"rounds": rounds, "cores": os.cpu_count(), "load": round(os.getloadavg()[2], 1)}
    return [
        {
            **place,
            "name": result.entry.contender,
            "beside": group[0],
            "milliseconds": per_step * result.microseconds / 1e3,
            "processor_milliseconds": per_step * result.processor_microseconds / 1e3,
            "peak_bytes": result.peak_bytes,
            **machine,
        }
        for result in found
    ]


def _tabulate(place: Mapping[str, str], records: Sequence[Record]) -> Table:
    own = [record for record in records if record.items() >= place.items()]
    by_name = {record["name"]: record for record in own}
    rows = [_make_row(r, by_name[r["beside"]]) for r in own if r["name"] != r["beside"]]
    machine = own[0]
    title = (
        f"{TITLES[place['model']]}, {BACKENDS[place['backend']]}: {machine['rounds']} rounds, "
        f"{machine['cores']} cores, load {machine['load']}"
    )
    return Table(HEADS[place["kind"]], tuple(rows), title, texts=2)


def _make_row(own: Record, rival: Record) -> tuple[str, ...]:
    digits = 0 if own["kind"] == "training" else 2
    beside = f"LoRA, r = {rival['name'].removeprefix('lora_')}"
    cells = [own["name"], beside if own["kind"] == "training" else "LoRA, merged"]
    for key in ("milliseconds", "processor_milliseconds"):
        cells += [f"{own[key]:.{digits}f}", f"{own[key] / rival[key]:.2f}"]
    if own["kind"] == "training":
        peaks = own["peak_bytes"], rival["peak_bytes"]
        cells += [f"{peaks[0] / 2**20:.0f}", f"{peaks[0] / peaks[1]:.2f}"]
    return tuple(cells)


def _write_text(records: Sequence[Record]) -> str:
    text = HEAD
    for kind, title in KINDS.items():
        text += f"\n## {title}\n"
        for shape, backend in product(SHAPES, BACKENDS):
            place = {"kind": kind, "model": shape, "backend": backend}
            if any(record.items() >= place.items() for record in records):
                text += f"\n#{_tabulate(place, records).markdown()}"
    return text


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_step")
    parser.add_argument("--models", default="", help="only models whose name matches")
    parser.add_argument("--backends", nargs="+", choices=BACKENDS, default=list(BACKENDS))
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main()
