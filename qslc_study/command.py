"""Run ``qslc study``: from a study's file to its reports."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from qslc.extras import require
from qslc.terminal import exit_on_signals
from qslc_study.materials import compile_sublayers, find_encoder, prepare_base, prepare_data
from qslc_study.overlap import find_overlap
from qslc_study.page.view import write_reports
from qslc_study.pairs import Parts, load_parts, select_references
from qslc_study.plan import Plan, Run, choose_rates
from qslc_study.progress import Display
from qslc_study.records import read_records, write_records
from qslc_study.results.summary import Found, summarize
from qslc_study.scores import list_score_versions, score_runs
from qslc_study.spec import Source, load
from qslc_study.store import Store, hold
from qslc_study.worker import Machine, execute


def study(
    path: str | os.PathLike[str],
    output: Path | None = None,
    data: Path | None = None,
    processes: int = 1,
    console: Console | None = None,
) -> Path:
    """Run what is left of a study and write its reports.

    Args:
        path: The file of the study.
        data: The folder of the models and data that the study names; beside it, if not given.
        output: The folder; ``build/NAME`` if none is given.
        processes: Runs at a time; the cores are shared between them.
        console: Where progress is shown; on stderr, if none is given.

    Returns:
        The page with the results.

    Raises:
        InputError: The study or its data is wrong, another process works in the folder, or a run
            cannot be done.
        SystemExit: The process was asked to end; so are its workers, and finished runs are kept.
    """
    path = Path(path)
    source = load(path, data)
    require("a study trains with it", "study", "keras", "keras_hub", "tensorflow")
    folder = output or Path("build") / source.study.name
    command = _format_command(path, output, data, processes)
    machine = Machine(processes, max(1, (os.cpu_count() or 1) // processes))
    with hold(folder), exit_on_signals():
        parts = load_parts(source)
        with Display(console or Console(stderr=True)) as display:
            found = _run(source, parts, command, folder, machine, display)
        write_records(folder, found)
        write_reports(folder, summarize(found))
    return folder / "study.html"


def _run(
    source: Source, parts: Parts, command: str, folder: Path, machine: Machine, display: Display
) -> Found:
    """Make all records and scores that are not there yet, and return all of them."""
    layers = compile_sublayers(source, folder / "layers")
    encoder = find_encoder(source)
    base = prepare_base(source, folder / "base", machine.threads, display.show)
    overlap = find_overlap(source, parts)
    seen = overlap.seen if overlap else frozenset()
    data = prepare_data(source, parts, folder / "data", seen)

    def find_places(run: Run) -> Mapping[str, Any]:
        return {"base": base.place, "data": data.place, "layer": layers.get(run.arm, "")}

    packed = read_records(folder)
    store = Store(folder / "runs", packed.runs)

    def make_records(title: str, runs: list[Run]) -> dict[str, Any]:
        display.begin_stage(title, len({run.key for run in runs}))
        return execute(runs, find_places, store, machine, display)

    plan = Plan(source, base.digest, data.digest)
    tuning = plan.list_tuning_runs()
    tried = make_records("tuning", tuning)
    final = plan.list_final_runs(choose_rates(source.study, tuning, tried))
    compared = make_records("runs", final)
    references = select_references(source, parts, seen)
    targets, kept = list(references.values()), Store(folder / "scores", packed.scores)
    scores = score_runs(source, compared, targets, encoder, kept, machine.threads, display.show)
    return Found(
        command=command,
        study=source.study,
        tuning=tuning,
        final=final,
        records={**tried, **compared},
        scores=scores,
        versions=list_score_versions() if scores else {},
        sources=len(references),
        references=sum(map(len, targets)),
        samples=_choose_samples(references),
        overlap=overlap.count() if overlap else None,
    )


def _choose_samples(references: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Return three of the sources, at even distances, each with its first reference."""
    every = max(1, len(references) // 3)
    chosen = list(enumerate(references.items()))[::every][:3]
    return [
        {"position": position, "source": source, "reference": texts[0]}
        for position, (source, texts) in chosen
    ]


def _format_command(path: Path, output: Path | None, data: Path | None, processes: int) -> str:
    options = ["-o", str(output)] if output else []
    options += ["--data", str(data)] if data else []
    options += ["--processes", str(processes)] if processes > 1 else []
    return shlex.join(["qslc", "study", str(path), *options])
