"""A study as a process: two in one folder, and one that is ended from outside.

Its workers are real processes; what they are asked to do is made up.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qslc_study.materials import compile_sublayers
from qslc_study.spec import load
from tests.study.fakes import STUDY, write_study

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc"),
]

ONE_METHOD = re.sub(
    "evaluate:.*",
    "methods:\n  lora: {method: lora, rank: 1, learning_rates: [0.001]}\n",
    STUDY,
    flags=re.DOTALL,
)

TASKS = """\
import os, subprocess, sys, types
from pathlib import Path

def run(job, report):
    from tests.study.fakes import make_record
    seed = job["identity"]["seed"]
    if seed >= int(os.environ["ENDLESS_FROM"]):
        child = subprocess.Popen(["sleep", "600"])
        Path(os.environ["PIDS"], f"{os.getpid()}-{child.pid}").touch()
        while True:
            report({"step": 1, "loss": 1.0})
            sum(range(10**6))
    return make_record(job["identity"])

module = types.ModuleType("qslc_study.training.run")
module.run = run
sys.modules[module.__name__] = module
"""
"""Stands in for the tasks of a worker; seeds from ENDLESS_FROM on never end."""


class Study:
    """The command, started on one study and one folder."""

    def __init__(self, folder: Path) -> None:
        self.path, self.out = write_study(folder, ONE_METHOD), folder / "out"
        self.pids, self.site = folder / "pids", folder / "site"
        self.started: list[subprocess.Popen[str]] = []
        for made in (self.site, self.pids):
            made.mkdir()
        (self.site / "sitecustomize.py").write_text(TASKS)

    def start(self, endless_from: int = 99) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "qslc.cli", "study", str(self.path), "-o", str(self.out)]
        process = subprocess.Popen(
            [*command, "--processes", "2"],
            env=self.environment(endless_from),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def finish(self) -> None:
        """Run the study to its end."""
        process = self.start()
        _, errors = process.communicate()
        assert process.returncode == 0, errors

    def environment(self, endless_from: int) -> dict[str, str]:
        return os.environ | {
            "PYTHONPATH": os.pathsep.join([str(self.site), *filter(None, sys.path)]),
            "ENDLESS_FROM": str(endless_from),
            "PIDS": str(self.pids),
        }

    def workers(self) -> list[int]:
        """The workers that will not end by themselves, and their children."""
        return [int(pid) for path in self.pids.iterdir() for pid in path.name.split("-")]

    def records(self) -> list[str]:
        return sorted(path.name for path in (self.out / "runs").glob("*.json"))


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    study = Study(tmp_path)
    yield study
    for process in study.started:
        process.kill()
        process.communicate()
    for pid in filter(alive, study.workers()):
        os.kill(pid, signal.SIGKILL)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except OSError:
        return False
    return state != "Z"


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def at_work(study: Study) -> subprocess.Popen[str]:
    """A study with two records whose other two runs never end."""
    process = study.start(endless_from=3)
    wait_for(lambda: len(study.workers()) == 4 or process.poll() is not None)
    assert process.poll() is None, process.communicate()
    return process


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_workers_end_with_the_study_which_can_go_on(name: str, study: Study) -> None:
    process, number = at_work(study), signal.Signals[name]
    before = study.records()
    (study.out / "runs" / f".{before[0]}.abcdefgh").touch()  # as from a kill while it is written
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == (-9 if name == "SIGKILL" else 128 + number)
    wait_for(lambda: not any(map(alive, study.workers())), 10)
    assert study.records() == before
    assert len(before) == 2
    study.finish()
    assert len(study.records()) == 4
    assert set(before) < set(study.records())
    assert (study.out / "study.html").exists()
    assert not [path for path in study.out.rglob(".*") if path.name != ".lock"]


def test_a_worker_whose_messages_nobody_takes_ends_with_its_children(study: Study) -> None:
    """As when its study is killed and it writes before it sees its standard input end."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-m", "qslc_study.training"]
    environment = study.environment(endless_from=0)
    with subprocess.Popen(command, env=environment, start_new_session=True, **pipes) as worker:
        worker.stdin.write(json.dumps({"task": "run", "identity": {"seed": 1}}) + "\n")
        worker.stdin.flush()
        assert json.loads(worker.stdout.readline())["step"] == 1
        worker.stdout.close()
        assert worker.wait(60) == -signal.SIGKILL
    wait_for(lambda: not any(map(alive, study.workers())), 10)


def test_a_second_study_in_the_folder_is_told_who_is_at_work(study: Study) -> None:
    first = at_work(study)
    before = time.monotonic()
    second = study.start()
    output, errors = second.communicate()
    assert time.monotonic() - before < 10  # the start of Python included, on a busy machine
    assert (second.returncode, output) == (1, "")
    told = rf"another process works in .*out: process {first.pid} on \S+, since 20\d\d-\d\d-\d\d "
    assert re.search(told, errors)
    assert "choose another place with -o" in errors
    assert first.poll() is None
    assert all(map(alive, study.workers()))


def test_the_lock_of_a_process_that_died_holds_nobody(study: Study) -> None:
    at_work(study).kill()
    (study.out / ".lock.json").write_text(json.dumps({"pid": 1, "host": "here", "since": "now"}))
    study.finish()


def test_sublayers_that_are_not_whole_are_compiled_anew(tmp_path: Path) -> None:
    """An edited layer would be refused by every run."""
    source = load(write_study(tmp_path))
    (place,) = map(Path, compile_sublayers(source, tmp_path / "layers").values())
    written = (place / "layer.py").read_text()
    (place / "layer.py").write_text("edited")
    compile_sublayers(source, tmp_path / "layers")
    assert (place / "layer.py").read_text() == written


def test_a_worker_that_crashes_is_told_by_its_signal(study: Study) -> None:
    crash = "    print('all is well', file=sys.stderr)\n    os.kill(os.getpid(), 11)\n"
    (study.site / "sitecustomize.py").write_text(
        TASKS.replace("    from tests", f"{crash}    from tests")
    )
    process = study.start()
    _, errors = process.communicate()
    assert process.returncode == 1
    assert "error: a run's process ended early: signal 11, Segmentation fault" in errors
