"""``qslc study``: from a study's file to its reports."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from qslc.diagnostics import printable_json
from qslc.signals import exit_on_signals
from qslc_study.execute import Machine, execute
from qslc_study.lock import hold
from qslc_study.materials import (
    compile_sublayers,
    find_encoder,
    prepare_base,
    prepare_data,
)
from qslc_study.page.table import render_csv
from qslc_study.page.view import render_html, render_markdown
from qslc_study.pairs import Parts, group_references, load_parts
from qslc_study.plan import Plan, Run, choose_rates
from qslc_study.progress import Display
from qslc_study.results.summary import Found, summarize
from qslc_study.scores import list_score_versions, score_runs
from qslc_study.spec import Source, load
from qslc_study.store import Store, write_atomically


def study(
    path: Path, output: Path | None, data: Path | None, processes: int, console: Console
) -> Path:
    """Does what is left of a study and writes its reports.

    Args:
        data: the folder of the models and data that the study names; beside it, if not given.
        output: the folder; ``build/NAME`` if none is given.
        processes: runs at a time; the cores are shared between them.

    Returns:
        The page with the results.

    Raises:
        InputError: the study or its data is wrong, another process works in the folder, or a run
            cannot be done.
        SystemExit: the process was asked to end; so are its workers, and finished runs are kept.
    """
    source = load(path, data)
    folder = output or Path("build") / source.study.name
    machine = Machine(processes, max(1, (os.cpu_count() or 1) // processes))
    with hold(folder), exit_on_signals():
        parts = load_parts(source)
        with Display(console) as display:
            done = _Work(source, parts, folder, machine, display).done()
        found = summarize(Found(source.study, _command(path, output, data, processes), **done))
        for name, text in _reports(found).items():
            write_atomically(folder / name, text)
    return folder / "study.html"


@dataclass(frozen=True)
class _Work:
    """The runs and scores that a study still lacks."""

    source: Source
    parts: Parts
    folder: Path
    machine: Machine
    display: Display

    def done(self) -> dict[str, Any]:
        """All runs, their records and their scores."""
        layers = compile_sublayers(self.source, self.folder / "layers")
        threads, show = self.machine.threads, self.display
        encoder = find_encoder(self.source)
        base = prepare_base(self.source, self.folder / "base", threads, show.messages)
        data = prepare_data(self.source, self.parts, self.folder / "data")

        def places(run: Run) -> Mapping[str, Any]:
            return {"base": base.place, "data": data.place, "layer": layers.get(run.arm, "")}

        def records(title: str, runs: list[Run]) -> dict[str, Any]:
            show.stage(title, len({run.key for run in runs}))
            return execute(runs, places, Store(self.folder / "runs"), self.machine, show)

        plan = Plan(self.source, base.digest, data.digest)
        tuning = plan.tuning()
        tried = records("tuning", tuning)
        final = plan.final(choose_rates(self.source.study, tuning, tried))
        compared = records("runs", final)
        grouped = self._references()
        store, note = Store(self.folder / "scores"), show.messages
        targets = list(grouped.values())
        scores = score_runs(self.source, compared, targets, encoder, store, threads, note)
        return {
            "tuning": tuning,
            "final": final,
            "records": {**tried, **compared},
            "scores": scores,
            "versions": list_score_versions() if scores else {},
            "sources": list(grouped),
            "references": targets,
        }

    def _references(self) -> dict[str, list[str]]:
        """The references of each source that texts are written for."""
        generate = self.source.study.evaluate.generate
        grouped = group_references(self.parts.test)
        return dict(list(grouped.items())[: generate.examples if generate else 0])


def _reports(found: Mapping[str, Any]) -> dict[str, str]:
    return {
        "study.json": printable_json(json.dumps(found, indent=1, ensure_ascii=False)) + "\n",
        "study.csv": render_csv(found),
        "study.md": render_markdown(found),
        "study.html": render_html(found),
    }


def _command(path: Path, output: Path | None, data: Path | None, processes: int) -> str:
    options = ["-o", str(output)] if output else []
    options += ["--data", str(data)] if data else []
    options += ["--processes", str(processes)] if processes > 1 else []
    return shlex.join(["qslc", "study", str(path), *options])
