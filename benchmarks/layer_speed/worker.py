"""Run one contender in a process of its own: a step for every line on the standard input.

python -m benchmarks.layer_speed.worker CONTENDER CASE TOKENS

Answers each line with the seconds of one step, as JSON, after a step that brings the caches back.
The first answer, before any line, says that the step is compiled.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time

from benchmarks.layer_speed.cases import CASES
from benchmarks.layer_speed.contenders import Step, find_contender


def main(contender: str, case: str, tokens: str) -> None:
    """Make the step, and run it for every line."""
    serve(find_contender(contender)(CASES[case], int(tokens)), before=1)


def serve(step: Step, before: int) -> None:
    """Run a step once, and then for every line of the standard input.

    Args:
        step: The step.
        before: Number of steps before each that is timed.
    """
    step()
    _print_line(ready=True)
    for _ in sys.stdin:
        for _ in range(before):
            step()
        started, worked = time.perf_counter(), time.process_time()
        step()
        _print_line(
            seconds=time.perf_counter() - started,
            processor_seconds=time.process_time() - worked,
            peak_bytes=measure_peak(),
        )


def measure_peak() -> int:
    """Return the peak memory of the process, or of the device that JAX runs on."""
    if os.environ.get("JAX_PLATFORMS", "cpu") == "cpu":
        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    import jax

    return int((jax.devices()[0].memory_stats() or {})["peak_bytes_in_use"])


def _print_line(**values: float) -> None:
    print(json.dumps(values), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
