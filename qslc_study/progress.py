"""Show how far a study is: a bar for all runs and one for each at work; a line a run in a log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from qslc_study.plan import Run
from qslc_study.worker import Progress as Messages


class Display:
    """A display of runs on a console, to be used as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
        )
        self._all: TaskID | None = None
        self._running: dict[str, TaskID] = {}
        self._count = 0
        self._total = 0

    def __enter__(self) -> Display:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def stage(self, title: str, runs: int) -> None:
        """Begin to show a number of runs."""
        if self._all is not None:
            self._progress.remove_task(self._all)
        self._all = self._progress.add_task(f"[bold]{title}", total=runs, note="")
        self._count, self._total = 0, runs

    def start(self, run: Run) -> Messages:
        """Begin to show a run, and return what takes its messages."""
        steps = run.identity["training"]["steps"]
        title = f"  {run.arm} seed {run.seed} rate {run.learning_rate:g}"
        task = self._progress.add_task(title, total=steps, note="starting")
        self._running[run.key] = task
        return lambda message: self._show(task, message)

    def messages(self, title: str, steps: int) -> Messages:
        """Begin to show work that is no run, and return what takes its messages."""
        task = self._progress.add_task(title, total=steps, note="starting")
        return lambda message: self._show(task, message)

    def done(self, run: Run, record: Mapping[str, Any]) -> None:
        """Show that a run has its record, from now or from before."""
        task = self._running.pop(run.key, None)
        self._count += 1
        if self._all is not None:
            self._progress.advance(self._all)
        if task is not None:
            self._progress.remove_task(task)
            self._console.print(self._format_line(run, record), highlight=False, markup=False)

    def _format_line(self, run: Run, record: Mapping[str, Any]) -> str:
        loss = record["validation"][-1][1]
        result = "diverged" if record["diverged"] or loss is None else f"validation loss {loss:.4f}"
        place = f"{self._count}/{self._total}"
        return f"{place:>7}  {run.arm}, seed {run.seed}, rate {run.learning_rate:g}: {result}"

    def _show(self, task: TaskID, message: Mapping[str, Any]) -> None:
        if "loss" in message:
            loss = message["loss"]
            note = "loss -" if loss is None else f"loss {loss:.3f}"
        else:
            note = message["stage"]
        self._progress.update(task, completed=message.get("step"), note=note)
