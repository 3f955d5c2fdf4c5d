"""Run ``qslc study``: from a study's file to its reports."""

from __future__ import annotations

import itertools
import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from qslc.diagnostics import Diagnostic, InputError
from qslc.extras import require
from qslc.terminal import exit_on_signals
from qslc_study.execution import execute
from qslc_study.executors import Executor, open_executor
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


def study(
    path: str | os.PathLike[str],
    output: Path | None = None,
    data: Path | None = None,
    processes: int | None = None,
    console: Console | None = None,
    *,
    on: str | None = None,
    threads: int | None = None,
    gpus: int = 0,
) -> Path:
    """Run what is left of a study and write its reports.

    Args:
        path: The file of the study.
        data: The folder of the models and data that the study names; beside it, if not given.
        output: The folder; ``build/NAME`` if none is given.
        processes: Runs at a time; 1, or on a cluster as many as its nodes have room for, if not
            given.
        console: Where progress is shown; on stderr, if none is given.
        on: Address of a cluster whose nodes train the runs, such as ray://HOST:10001; this machine,
            if none is given.
        threads: Threads of a run; the cores are shared between the runs, or 1 on a cluster, if not
            given.
        gpus: GPUs of a run on a cluster.

    Returns:
        The page with the results.

    Raises:
        InputError: The study or its data is wrong, another process works in the folder, a run
            cannot be done, or the cluster does not answer.
        SystemExit: The process was asked to end; so are its workers, and finished runs are kept.
    """
    path = Path(path)
    source = load(path, data)
    require("a study trains with it", "study", "keras", "keras_hub", "tensorflow")
    if source.study.training.backend == "jax":
        require("the study trains with it", None, "jax")
        _check_devices(source, gpus)
    folder = output or Path("build") / source.study.name
    asked = {"on": on, "processes": processes, "threads": threads, "gpus": gpus}
    command = _format_command(path, output, data, asked)
    with (
        hold(folder),
        exit_on_signals(),
        open_executor(on, processes, threads, gpus) as executor,
    ):
        parts = load_parts(source)
        with Display(console or Console(stderr=True)) as display:
            found = _run(source, parts, command, folder, executor, display)
        write_records(folder, found)
        write_reports(folder, summarize(found))
    return folder / "study.html"


def _check_devices(source: Source, gpus: int) -> None:
    """Refuse a share of GPUs that is smaller than the mesh of a run."""
    devices = source.study.training.devices
    if devices and 0 < gpus < devices.data * devices.model:
        mesh = devices.data * devices.model
        with source.locate_errors("training", "devices"):
            message = f"the mesh of a run has {mesh} devices; --gpus gives it {gpus}"
            raise InputError(Diagnostic(message, help=f"--gpus {mesh}, or a smaller mesh"))


def _run(
    source: Source, parts: Parts, command: str, folder: Path, executor: Executor, display: Display
) -> Found:
    """Make all records and scores that are not there yet, and return all of them."""
    here = executor.threads_here
    layers = compile_sublayers(source, folder / "layers")
    encoder = find_encoder(source)
    base = prepare_base(source, folder / "base", here, display.show)
    overlap = find_overlap(source, parts)
    seen = overlap.seen if overlap else frozenset()
    data = prepare_data(source, parts, folder / "data", seen)

    def find_places(run: Run) -> Mapping[str, Any]:
        return {"base": base.place, "data": data.place, "layer": layers.get(run.arm, "")}

    packed = read_records(folder)
    store = Store(folder / "runs", packed.runs)

    def make_records(title: str, runs: list[Run]) -> dict[str, Any]:
        display.begin_stage(title, len({run.key for run in runs}))
        return execute(runs, find_places, store, executor, display)

    plan = Plan(source, base.digest, data.digest)
    tuning = plan.list_tuning_runs()
    tried = make_records("tuning", tuning)
    final = plan.list_final_runs(choose_rates(source.study, tuning, tried))
    compared = make_records("runs", final)
    references = select_references(source, parts, seen)
    targets, kept = list(references.values()), Store(folder / "scores", packed.scores)
    scores = score_runs(source, compared, targets, encoder, kept, here, display.show)
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


def _format_command(
    path: Path, output: Path | None, data: Path | None, asked: Mapping[str, Any]
) -> str:
    named = {"-o": output, "--data": data, **{f"--{name}": each for name, each in asked.items()}}
    given = [(name, str(value)) for name, value in named.items() if value]
    return shlex.join(["qslc", "study", str(path), *itertools.chain.from_iterable(given)])
