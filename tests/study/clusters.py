"""Small clusters of this machine's processes, for tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]

TASKS = """\
import importlib, os, subprocess, sys, time, types

NAME = "qslc_study.training.run"

def run(job, report):
    identity = job["identity"]
    if identity["training"]["steps"] != 40:
        del sys.modules[NAME]
        return importlib.import_module(NAME).run(job, report)
    from pathlib import Path
    from qslc.diagnostics import Diagnostic, InputError, Span
    from tests.study.fakes import make_record
    if identity["seed"] == 13:
        place = Span("pairs.jsonl", 3, 7, 2, "a bad row")
        raise InputError(Diagnostic("bad luck", place, help="another seed"))
    places = job["places"]
    assert Path(places["base"]["folder"], "config.json").read_text() == "{}"
    assert Path(places["data"]).is_file()
    while os.path.exists(os.environ["HOLD"]) and identity["seed"] >= 3:
        report({"step": 1, "loss": 1.0})
        time.sleep(0.1)
    return make_record(identity)

module = types.ModuleType(NAME)
module.run = run
sys.modules[NAME] = module
"""
"""Stands in for the tasks of a worker where a study has 40 steps: seeds from 3 on wait while the
file HOLD is there, and seed 13 is a fault."""


def wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def find_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def is_open(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def read_environment(process: int) -> dict[str, str]:
    lines = Path(f"/proc/{process}/environ").read_bytes().decode(errors="replace").split("\0")
    return dict(line.split("=", 1) for line in lines if "=" in line)


class Nodes:
    """Processes of a cluster, each of which leads a group; all end with the context."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.hold = folder, folder / "hold"
        self.started: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(TASKS)
        kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "qslc"
        self.cache = folder / "cache"
        shutil.copytree(kept, self.cache / "qslc", ignore=lambda *_: ["study"])  # compiled kernels
        self.home = Path(tempfile.mkdtemp(prefix="q"))  # sockets have short paths

    def environment(self, name: str) -> dict[str, str]:
        path = [str(self.folder / "site"), str(ROOT), str(ROOT / "runtime")]
        return os.environ | {
            "PYTHONPATH": os.pathsep.join([*path, os.environ.get("PYTHONPATH", "")]),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOLD": str(self.hold),
            "NODE": name,
            "XDG_CACHE_HOME": str(self.cache),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_CLIENT_RECONNECT_GRACE_PERIOD": "1",
        }

    def start_ray(self) -> str:
        """Start a head and a node "lost" of a core and a GPU in name; return the address."""
        gcs, client = find_port(), find_port()
        more = ("--num-cpus=1", "--num-gpus=1", "--block", "--object-store-memory=80000000")
        ports = (f"--port={gcs}", f"--ray-client-server-port={client}", f"--temp-dir={self.home}")
        self.start("head", "ray", "start", "--head", *ports, "--include-dashboard=false", *more)
        wait_for(lambda: is_open(gcs))
        self.start("lost", "ray", "start", f"--address=127.0.0.1:{gcs}", *more)
        self.wait_for_text("lost", "Ray runtime started")
        wait_for(lambda: is_open(client))
        return f"ray://127.0.0.1:{client}"

    def start_dask(self) -> str:
        """Start a scheduler, and such workers "one" and "lost"; return the address."""
        port = find_port()
        place = ("--host=127.0.0.1", "--no-dashboard")
        self.start("scheduler", "dask", "scheduler", *place, f"--port={port}")
        wait_for(lambda: is_open(port))
        one = ("--nthreads=1", "--resources", "CPU=1 GPU=1", "--no-nanny")
        for name in ("one", "lost"):
            self.start(name, "dask", "worker", f"127.0.0.1:{port}", *place, *one)
            self.wait_for_text(name, "Registered to")
        return f"dask://127.0.0.1:{port}"

    def wait_for_text(self, name: str, text: str) -> None:
        wait_for(lambda: text in (self.folder / f"{name}.log").read_text())

    def start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.started[name] = subprocess.Popen(
                command,
                cwd=self.home,
                env=self.environment(name),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        os.killpg(self.started[name].pid, signal.SIGKILL)

    def find_workers(self, name: str) -> list[int]:
        """Training processes at work on a node."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                command = (path / "cmdline").read_bytes().split(b"\0")
                node = read_environment(int(path.name)).get("NODE")
            except OSError:
                continue
            if b"qslc_study.training" in command and node == name:
                found.append(int(path.name))
        return found

    def find_alive(self) -> list[str]:
        return [name for name, process in self.started.items() if process.poll() is None]

    def __enter__(self) -> Nodes:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.started.values():
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + 20
        while self.find_alive() and time.monotonic() < end:
            time.sleep(0.1)
        for name in self.find_alive():
            self.kill(name)
        shutil.rmtree(self.home, ignore_errors=True)
