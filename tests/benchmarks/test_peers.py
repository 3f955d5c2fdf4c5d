"""The machinery around the peers, with peers made up for the tests."""

from __future__ import annotations

import os
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.depth.exchange import Compiled, Task, move_observables
from benchmarks.depth.peers import PEERS, collect_lines
from benchmarks.depth.peers.bench import Bench
from benchmarks.depth.peers.path import find_path
from benchmarks.depth.peers.worker import make_record
from tests.benchmarks.depth_tasks import CHAIN, chain_task


def list_attempts(task: Task):
    def right() -> Compiled:
        return Compiled(task.qasm, (0, 1, 2), move_observables(task, {0: 0, 1: 1, 2: 2}))

    def wrong() -> Compiled:
        return Compiled(task.qasm, (1, 0, 2), move_observables(task, {0: 0, 1: 1, 2: 2}))

    return {"right": right, "wrong": wrong, "raises": lambda: 1 / 0, "dies": lambda: os._exit(1)}


@pytest.fixture
def bench(monkeypatch):
    module = ModuleType("benchmarks.depth.peers.made_up")
    module.list_attempts = list_attempts
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with Bench() as running:
        yield running


def test_an_attempt_that_fails_costs_no_other(bench):
    outcomes = {each["attempt"]: each for each in bench.run_attempts(chain_task("any"), "made_up")}
    assert outcomes["right"]["fault"] is None
    assert (outcomes["right"]["depth"], outcomes["right"]["gates"]) == (2, 2)
    assert "deviate" in outcomes["wrong"]["fault"]
    assert "ZeroDivisionError" in outcomes["raises"]["fault"]
    assert outcomes["dies"]["fault"] == "crashed"
    assert bench.run_attempts(chain_task("any"), "made_up")[0]["fault"] is None


def test_tasks_survive_their_journey():
    task = chain_task()
    assert Task.from_json(task.as_json()) == task


def outcome(depth: int, gates: int, fault: str | None = None) -> dict:
    return {"attempt": "a", "depth": depth, "gates": gates, "seconds": 0.5, "fault": fault}


def test_a_record_keeps_the_best_that_hold_and_counts_the_rest():
    tried = [outcome(4, 9), outcome(5, 6), outcome(1, 1, "deviates"), {"fault": "crashed"}]
    kept = make_record(chain_task(), "cirq_router", tried)
    assert (kept["shallowest"], kept["smallest"]) == (tried[0], tried[1])
    assert kept["faults"] == {"deviates": 1, "crashed": 1}
    assert (kept["attempts"], kept["seconds"]) == (4, 1.5)
    assert make_record(chain_task(), "cirq_router", tried[2:])["shallowest"] is None


STAND_IN = """#!{python}
import json, sys
tasks, lines, peer = sys.argv[3:]
with open(lines, "a") as file:
    for line in open(tasks):
        name = json.loads(line)["name"]
        file.write(json.dumps({{"digest": "{digest}", "peer": peer, "case": name, "new": True}}))
        file.write("\\n")
"""


def test_only_what_is_not_known_is_run(tmp_path: Path):
    task = chain_task()
    python = tmp_path / "python"
    python.write_text(STAND_IN.format(python=sys.executable, digest=task.digest))
    python.chmod(0o755)
    known = [
        {"digest": task.digest, "peer": peer, "new": False} for peer in PEERS if peer != "tket"
    ]
    stale = {"digest": "of another circuit", "peer": "tket", "new": False}
    lines = collect_lines([task], [*known, stale], python, tmp_path / "run")
    assert {line["peer"] for line in lines if line["new"]} == {"tket"}
    assert [line["peer"] for line in lines] == list(PEERS)


def test_paths_follow_couplers():
    grid = [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)]
    found = find_path(6, grid)
    assert sorted(found) == list(range(6))
    assert all((min(pair), max(pair)) in grid for pair in pairwise(found))
    assert find_path(5, CHAIN) is None
    assert find_path(4, [(0, 1), (0, 2), (0, 3)]) is None
