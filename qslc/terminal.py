"""Run a command line: exit statuses, signals, and texts that a terminal can show.

Exit status: 0 done, 1 the input is wrong, 2 wrong usage, 3 a fault of the compiler.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import typer
import typer.core
from rich.console import Console

from qslc.diagnostics import CompilerFaultError, InputError, escape, escape_json
from qslc.progress import Progress, ignore

_UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""Wrong usage, as typer raises it; it has no public name."""

_ASKING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals that ask a process to end."""


class Commands(typer.core.TyperGroup):
    """Commands whose usage errors repeat nothing that a terminal would act on."""

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Parse the arguments of a command."""
        with _printable_usage():
            return super().make_context(*args, **options)

    def invoke(self, *args: Any, **options: Any) -> Any:
        """Run a command."""
        with _printable_usage():
            return super().invoke(*args, **options)


@dataclass(frozen=True, slots=True)
class Talk:
    """Verbosity of a command.

    Args:
        quiet: Say nothing but errors, and what was asked for as JSON.
        verbose: Say each step and its time, on stderr.
    """

    quiet: bool = False
    verbose: bool = False

    def say(self, text: object) -> None:
        """Print a line on stdout."""
        if not self.quiet:
            typer.echo(escape(text))

    def show(self, *parts: Any) -> None:
        """Print tables and texts on stdout."""
        if not self.quiet:
            Console().print(*parts, sep="\n", soft_wrap=False)

    @contextmanager
    def follow(self, title: str, steps: int | None = None) -> Iterator[Progress]:
        """Show how far work is, on stderr: a bar on a terminal, or a line for each step.

        Args:
            title: What is done.
            steps: Number of steps, if it is known.
        """
        console = Console(stderr=True)
        if self.verbose:
            with _tell_steps(title) as progress:
                yield progress
        elif self.quiet or not console.is_terminal:
            yield ignore
        else:
            with _draw_bar(console, title, steps) as progress:
                yield progress


@contextmanager
def _tell_steps(title: str) -> Iterator[Progress]:
    """Print a line for each step when it is done."""
    begun: list[tuple[str, float]] = []

    def end(name: str = "") -> None:
        now = time.perf_counter()
        if begun:
            step, started = begun[-1]
            typer.echo(escape(f"{title}: {step}, {now - started:.2f} s"), err=True)
        begun.append((name, now))

    yield end
    end()


@contextmanager
def _draw_bar(console: Console, title: str, steps: int | None) -> Iterator[Progress]:
    """Draw a bar that goes with the work."""
    from rich import progress as bars

    columns = (
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(),
        bars.TimeElapsedColumn(),
        bars.TextColumn("{task.fields[step]}", markup=False),
    )
    with bars.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(escape(title), total=steps, step="")
        done = -1

        def advance(step: str) -> None:
            nonlocal done
            done += 1
            bar.update(task, completed=done, step=escape(step))

        yield advance


def run_commands(app: Callable[[], Any]) -> NoReturn:
    """Run a command line and exit with its status; errors are one message on stderr."""
    try:
        with exit_on_signals():
            app()
    except InputError as error:
        _fail(str(error), 1)
    except CompilerFaultError as error:
        _fail(
            f"qslc: {escape(error)}\n"
            "Nothing was written. This is a fault of qslc: please report it.",
            3,
        )
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:
        if "QSLC_TRACEBACK" in os.environ:
            raise
        _fail(
            f"qslc: internal error: {type(error).__name__}: {escape(error)}\n"
            "Nothing was written. Please report it with the output of QSLC_TRACEBACK=1 qslc ...",
            3,
        )
    sys.exit(0)


@contextmanager
def exit_on_signals() -> Iterator[None]:
    """Raise ``SystemExit`` where a signal would end the process, so that it can clean up.

    Signals that are ignored, as SIGHUP is under nohup, or handled, stay so. Other threads than the
    main one cannot handle signals: nothing changes there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    changed = [number for number in _ASKING if signal.getsignal(number) is signal.SIG_DFL]
    for number in changed:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    typer.echo(escape_json(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)))


@contextmanager
def _printable_usage() -> Iterator[None]:
    try:
        yield
    except _UsageError as error:
        error.message = escape(error.message)  # type: ignore[attr-defined]
        raise


def _fail(message: str, status: int) -> NoReturn:
    print(message, file=sys.stderr)  # noqa: T201
    sys.exit(status)
