"""Read a job from stdin; write progress, then ``{"result": ...}`` or ``{"error": ...}`` to stdout.

The job is the first line. When standard input ends, nobody waits for the result any more, and this
process ends at once, whatever it is doing.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pkgutil import resolve_name
from typing import Any, NoReturn

from qslc.diagnostics import InputError

TASKS = {
    "run": "run:run",
    "scratch": "base:make_scratch",
    "bertscore": "encoder:score_texts",
    "simulate": "simulation:simulate",
}
"""Module and function of each task, which takes the job and a function that reports."""


def main() -> None:
    """Do the job."""
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is not for the parent

    def report(message: Mapping[str, Any]) -> None:
        try:
            channel.write(json.dumps(message) + "\n")
            channel.flush()
        except BrokenPipeError:  # may be noticed before the end of standard input
            _end_group()

    try:
        function = resolve_name(f"qslc_study.training.{TASKS[job['task']]}")
        report({"result": function(job, report)})
    except InputError as error:
        report({"error": [asdict(each) for each in error.diagnostics]})


def _end_with_parent() -> None:
    """Wait for the parent's end, then end too."""
    sys.stdin.read()
    _end_group()


def _end_group() -> NoReturn:
    """End this process and those that it started."""
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main()
