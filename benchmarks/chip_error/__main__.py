"""Total error of README's layer on a chip, prepared, trained in three ways.

python -m benchmarks.chip_error [--ways clean shots noisy] [--states STATES.npz] [--quick]
python -m benchmarks.chip_error --methods

The layer is trained in the small GPT-2 of examples/demo.py: without noise; with what the chip
leaves of readouts and the noise of shots; and under the exact noise of the layer, brought to the
chip's readouts. Then its whole circuit is sampled. Errors are those of all readouts of all
sublayers, relative to their root mean square, after a calibration on other tokens. Ways that are
not run keep the numbers of results/chip_error.json.

With --methods the first sublayer is trained without noise, and what each method of mitigation is
worth on it is computed, with and without its preparation.

STATES.npz may hold hidden states of another model, ``states`` (tokens, d) and ``query_kernel``
(d, units): the trained layers are measured on these too, as ``insert`` would encode them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from keras import ops
from qslc_runtime import mitigation

from benchmarks.chip_error.errors import SHOTS, TARGETS, TWIRLED, measure, predict_twirled
from benchmarks.chip_error.task import (
    DEVICE,
    QUICK,
    WAYS,
    Sizes,
    Task,
    compile_layer,
    make_task,
    train_all,
)
from benchmarks.report import RESULTS, Table, write_lines

FLOORS = ("behind", "imitated")


def assess_methods(task: Task) -> str:
    """Return a table of what each method is worth, computed exactly under the noise."""
    tables = []
    with tempfile.TemporaryDirectory() as folder:
        whole = compile_layer(Path(folder) / "whole")
        alone = compile_layer(Path(folder) / "alone", "none")
        adapter = task.train_layer(whole, "native", {}, None)
        first, tokens = next(task.list_tokens(adapter))
        theta = ops.convert_to_numpy(first.theta)
        for layer in (alone, whole):
            found = mitigation.assess(layer, tokens[: 2 * task.sizes.exact], theta=theta)
            tables.append(found)
    rows = tuple(
        (
            row.name,
            str(row.circuits),
            *(f"{each.bias:.3f}" for each in (other, row)),
            *(f"{each.variance:.2f}" for each in (other, row)),
            *(f"{tables[1].predict_error(row.name, shots):.3f}" for shots in SHOTS),
        )
        for other, row in zip(*(table.rows for table in tables), strict=True)
    )
    heads = ("method", "circuits", "bias alone", "bias", "variance alone", "variance")
    errors = tuple(f"{shots:,} shots" for shots in SHOTS)
    return (
        "# Methods of mitigation\n\n"
        f"README's layer, trained in the base of the demo without noise, on {DEVICE}: a sublayer, "
        f"{task.sizes.exact} tokens to fit and as many to score, computed exactly. *Alone*: the "
        "layer is given its vectors; otherwise it prepares them. Variance is relative to that of "
        "no mitigation; the last columns are total errors with the preparation.\n\n"
        + Table((*heads, *errors), rows, texts=1).markdown()
    )


def main() -> None:
    """Print the tables, and write them to results unless the run is a quick one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS, help="Ways to train.")
    parser.add_argument("--states", type=Path, help="Hidden states of another model.")
    parser.add_argument("--methods", action="store_true", help="Methods of mitigation, alone.")
    parser.add_argument("--quick", action="store_true", help="Every step, hardly any training.")
    given = parser.parse_args()
    if "shots" in given.ways and "clean" not in given.ways:
        parser.error("the way shots takes its factors from the way clean: name both")
    sizes = QUICK if given.quick else Sizes()
    task = make_task(sizes, given.states)
    if given.methods:
        text = assess_methods(replace(task, states=None))
    else:
        cases = [*measure_ways(task, given.ways)]
        path = RESULTS / "chip_error.json"
        if not given.quick:
            cases = merge(json.loads(path.read_text())["cases"], cases)
            write_lines(path, {"device": DEVICE, "cases": cases})
        text = tabulate(cases, sizes)
    print(text)
    if not given.quick:
        name = "mitigation.md" if given.methods else "chip_error.md"
        (RESULTS / name).write_text(text, encoding="utf-8")


def measure_ways(task: Task, ways: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield the errors by way, tokens and shots; those of another model after the first way."""
    places: dict[str, Task] = {"the model's": replace(task, states=None)}
    if task.states is not None:
        places["another model's"] = task
    with tempfile.TemporaryDirectory() as folder:
        layer = compile_layer(Path(folder))
        for way, adapter, training in train_all(task, layer, ways):
            computed = predict_twirled(places["the model's"], layer, adapter)
            for place, each in places.items():
                for shots in SHOTS if each.states is None else TARGETS:
                    errors = measure(each, adapter, shots, twirl=shots in TARGETS)
                    case = {"way": way, "tokens": place, **asdict(errors), **training}
                    if each.states is None:
                        case["computed"] = computed[str(shots)]
                    print(case, flush=True)
                    yield case
            places.pop("another model's", None)


def merge(known: list[dict[str, Any]], found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the cases with those of the ways that were run replaced."""
    ran = {case["way"] for case in found}
    cases = [case for case in known if case["way"] not in ran] + found
    return sorted(cases, key=lambda case: WAYS.index(case["way"]))


def tabulate(cases: list[dict[str, Any]], sizes: Sizes) -> str:
    """Return the page of results."""
    heads = (
        "trained",
        "tokens",
        "shots",
        "raw",
        "calibrated",
        "twirled",
        "computed",
        "aim",
        "behind",
        "imitated",
    )
    rows = tuple(
        (
            case["way"],
            case["tokens"],
            f"{case['shots']:,}",
            *(_format(case.get(key)) for key in heads[3:7]),
            f"{TARGETS[case['shots']]:.2f}" if case["shots"] in TARGETS else "",
            *(_format(case[k]) if case["shots"] == SHOTS[-1] else "" for k in FLOORS),
        )
        for case in cases
    )
    losses = ", ".join(
        f"{case['way']} {case['loss']:.3f} ({case['seconds']:.0f} s)"
        for case in cases
        if case["shots"] == SHOTS[0] and case["tokens"] == cases[0]["tokens"]
    )
    return (
        f"# Error on a chip\n\nREADME's layer, trained in the base of the demo, its whole circuit "
        f"sampled on {DEVICE}: error of the readouts of 4 sublayers relative to their root mean "
        f"square, {sizes.fitted} tokens to fit factors and offsets and {sizes.scored} others to "
        f"score. *Twirled*: with readout correction and {TWIRLED.twirling} circuits of random "
        f"Paulis too, which share the shots; *computed*: the same exactly, on {sizes.exact} of "
        "the tokens. *Behind*: how far engine `noisy`, which prepares nothing, is from what "
        "was sampled; *imitated*: the same once `calibrate(to=...)` brought it there.\n\n"
        f"Test losses as trained, and seconds of processor time: {losses}.\n\n"
        + Table(heads, rows, texts=2).markdown()
    )


def _format(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
