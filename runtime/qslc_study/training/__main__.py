"""A job from stdin, JSON lines to stdout: progress, then ``{"result": ...}`` or ``{"error": ...}``.

When the parent process is gone, writing fails and this process ends too.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any


def main() -> None:
    job = json.load(sys.stdin)
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is not for the parent

    def report(message: Mapping[str, Any]) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    from qslc_study.training.job import JobError
    from qslc_study.training.tasks import TASKS

    try:
        report({"result": TASKS[job["task"]](job, report)})
    except JobError as error:
        report({"error": error.details})


if __name__ == "__main__":
    main()
