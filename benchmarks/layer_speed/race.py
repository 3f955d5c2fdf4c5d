"""Run contenders in turn, so that whatever else the machine does falls on all of them."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks.report import ROOT

PEERS = frozenset({"tensorcircuit", "pennylane"})
"""Contenders that run in the peers' environment."""


@dataclass(frozen=True)
class Entry:
    """A contender of a case.

    Args:
        case: Name of the case.
        contender: Name of the contender.
        tokens: Tokens of a step.
    """

    case: str
    contender: str
    tokens: int


@dataclass(frozen=True)
class Result:
    """Medians over the rounds: microseconds of wall and processor time per token, peak memory."""

    entry: Entry
    microseconds: float
    processor_microseconds: float
    peak_bytes: int


class Worker:
    """A process that runs one step whenever it is asked."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def read_answer(self) -> dict[str, float]:
        """Return the next line.

        Raises:
            RuntimeError: The process ended.
        """
        if self._process.stdout is None or not (line := self._process.stdout.readline()):
            raise RuntimeError(f"{self._process.args!r} ended with {self._process.wait()}")
        return dict(json.loads(line))

    def run_step(self) -> dict[str, float]:
        if self._process.stdin is not None:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        return self.read_answer()


def race(
    entries: Sequence[Entry],
    rounds: int,
    pythons: dict[bool, str],
    environment: Mapping[str, str],
    module: str = "benchmarks.layer_speed.worker",
) -> list[Result]:
    """Run every contender once in each round.

    Args:
        entries: Who takes part.
        rounds: Number of rounds.
        pythons: The interpreter for peers (True) and for qslc (False).
        environment: Variables that every contender sees.
        module: What runs a contender: a module that takes its name, the case and the tokens.
    """
    with ExitStack() as stack:
        workers = [
            stack.enter_context(
                _worker(entry, pythons[entry.contender in PEERS], environment, module)
            )
            for entry in entries
        ]
        for worker in workers:
            worker.read_answer()
        answers = [[worker.run_step() for worker in workers] for _ in range(rounds)]
    return [
        _summarize(e, list(own)) for e, own in zip(entries, zip(*answers, strict=True), strict=True)
    ]


@contextmanager
def _worker(
    entry: Entry, python: str, environment: Mapping[str, str], module: str
) -> Iterator[Worker]:
    command = [python, "-m", module, entry.contender, entry.case, str(entry.tokens)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield Worker(process)
    finally:
        process.kill()
        process.wait()


def _summarize(entry: Entry, answers: Sequence[dict[str, float]]) -> Result:
    def median(key: str) -> float:
        return 1e6 * statistics.median(answer[key] for answer in answers) / entry.tokens

    peak = max(int(answer["peak_bytes"]) for answer in answers)
    return Result(entry, median("seconds"), median("processor_seconds"), peak)
