"""Show how far a study is: a bar for all runs and one for each at work; a line a run in a log."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from rich import progress
from rich.console import Console

from qslc_study.plan import Run, find_final_loss

Progress: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Function that takes the messages of a worker."""

Show: TypeAlias = Callable[[str, int], Progress]
"""Function that begins to show a title and a number of steps."""


class Display:
    """A display of runs on a console, to be used as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[note]}"),
            progress.TimeElapsedColumn(),
            progress.TimeRemainingColumn(),
            console=console,
        )
        self._all: progress.TaskID | None = None
        self._running: dict[str, progress.TaskID] = {}
        self._count = self._total = 0

    def __enter__(self) -> Display:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin_stage(self, title: str, runs: int) -> None:
        """Begin to show a number of runs."""
        if self._all is not None:
            self._progress.remove_task(self._all)
        self._all = self._progress.add_task(f"[bold]{title}", total=runs, note="")
        self._count, self._total = 0, runs

    def start(self, run: Run) -> Progress:
        """Begin to show a run, and return what takes its messages."""
        title = f"  {run.arm} seed {run.seed} rate {run.learning_rate:g}"
        return self.show(title, run.identity["training"]["steps"], run.key)

    def show(self, title: str, steps: int, key: str = "") -> Progress:
        """Begin to show work, that of the run with this key if any; return what takes messages."""
        task = self._progress.add_task(title, total=steps, note="starting")
        if key:
            self._running[key] = task

        def update(message: Mapping[str, Any]) -> None:
            if "warning" in message:
                line = f"{title.strip()}: {message['warning']}"
                self._console.print(line, style="yellow", highlight=False, markup=False)
                return
            note = message.get("stage") or "loss -"
            if message.get("loss") is not None:
                note = f"loss {message['loss']:.3f}"
            self._progress.update(task, completed=message.get("step"), note=note)

        return update

    def finish(self, run: Run, record: Mapping[str, Any]) -> None:
        """Show that a run has its record, from now or from before."""
        self._count += 1
        if self._all is not None:
            self._progress.advance(self._all)
        task = self._running.pop(run.key, None)
        if task is not None:
            self._progress.remove_task(task)
            loss = find_final_loss(record)
            result = f"validation loss {loss:.4f}" if loss < math.inf else "diverged"
            place = f"{self._count}/{self._total}"
            line = f"{place:>7}  {run.arm}, seed {run.seed}, rate {run.learning_rate:g}: {result}"
            self._console.print(line, highlight=False, markup=False)
