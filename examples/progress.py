"""A progress bar for ``fit`` and ``evaluate``."""

from __future__ import annotations

import keras
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Bar(keras.callbacks.Callback):
    """Shows the steps of all epochs as one bar, with the current loss; a line an epoch in a log."""

    def __init__(self, console: Console, title: str) -> None:
        super().__init__()
        self._console, self._title = console, title
        self._progress = Progress(
            TextColumn(f"  {title}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]}"),
            TimeElapsedColumn(),
            console=console,
        )

    def on_train_begin(self, *_):
        total = self.params["epochs"] * self.params["steps"]
        self._task = self._progress.add_task("", total=total, loss="-")
        self._progress.start()

    def on_train_batch_end(self, _batch, logs):
        self._progress.update(self._task, advance=1, loss=f"{logs['loss']:.3f}")

    def on_epoch_end(self, epoch, logs):
        if not self._console.is_terminal:
            self._console.print(f"  {self._title}: epoch {epoch + 1}, loss {logs['loss']:.3f}")

    def on_train_end(self, *_):
        self._progress.stop()
