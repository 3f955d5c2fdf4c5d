"""Studies on clusters of two nodes, one of which is killed; what is trained is made up.

In `test_training.py` a study really trains on nodes of Ray.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np
import pytest

from qslc import compile_to
from qslc.diagnostics import InputError
from qslc_study.executors import node, open_executor
from tests.study.clusters import Nodes, read_environment, wait_for
from tests.study.fakes import make_record, write_study
from tests.study.test_processes import ONE_METHOD
from tests.study.test_simulation import SPEC as SIMULATED
from tests.study.test_simulation import draw_tokens, evaluate_here


class Study:
    """The command on a cluster, and a study whose seeds from 3 on wait for the file HOLD to go."""

    def __init__(self, nodes: Nodes, address: str, seeds: str = "[1, 2, 3, 4]") -> None:
        self.nodes, self.address = nodes, address
        self.folder = nodes.folder / f"study{seeds}"
        self.folder.mkdir(exist_ok=True)
        self.path = write_study(self.folder, ONE_METHOD.replace("[1, 2, 3, 4]", seeds))

    def start(self, *options: str) -> subprocess.Popen[str]:
        place = ["-o", str(self.folder / "out"), "--on", self.address, *options]
        return subprocess.Popen(
            [sys.executable, "-m", "qslc.cli", "study", str(self.path), *place],
            env=self.nodes.environment("driver"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, process: subprocess.Popen[str]) -> str:
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        return errors

    def records(self) -> dict[str, dict]:
        found = (self.folder / "out" / "runs").glob("[!.]*.json")
        return {path.name: json.loads(path.read_text()) for path in found}

    def check_records(self, engine: str) -> None:
        found = self.records()
        assert len(found) == 4
        for record in found.values():
            made = make_record(record["identity"])
            made["environment"] |= {"processes": 2, "cluster": engine}
            assert record == json.loads(json.dumps(made))


@pytest.fixture(scope="module", params=["ray", "dask"])
def cluster(request, tmp_path_factory) -> Iterator[tuple[Nodes, str]]:
    if find_spec({"ray": "ray", "dask": "distributed"}[request.param]) is None:
        pytest.skip("its engine is not installed")
    with Nodes(tmp_path_factory.mktemp("cluster") / request.param) as nodes:
        yield nodes, getattr(nodes, f"start_{request.param}")()


@pytest.mark.slow
def test_tokens_are_simulated_on_nodes(cluster):
    """More jobs than nodes, on compiled files that are sent there."""
    nodes, address = cluster
    folder = nodes.folder / "layer"
    compile_to(SIMULATED.angle().spec(), folder)
    tokens, theta = draw_tokens(600, 3), np.linspace(0, 1, 3, dtype=np.float32)
    for name, values in (("tokens", tokens), ("theta", theta)):
        np.save(nodes.folder / f"{name}.npy", values)
    files = ["--tokens", "tokens.npy", "--weights", "theta.npy", "--shots", "5", "--seed", "3"]
    done = subprocess.run(
        [sys.executable, "-m", "qslc.cli", "simulate", "layer", *files, "--on", address],
        env=nodes.environment("driver"),
        cwd=nodes.folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "expectations.npy: 3 expectations of 600 tokens\n"
    found = np.load(nodes.folder / "expectations.npy")
    here = evaluate_here(folder, tokens, theta, {"shots": 5, "seed": 3})
    np.testing.assert_array_equal(found, here)


@pytest.mark.slow
def test_nodes_and_studies_may_be_killed(cluster):
    """A study is killed, and the next goes on. A run of it starts again twice, at two losses."""
    nodes, address = cluster
    study = Study(nodes, address)
    nodes.hold.touch()
    first = study.start("--gpus", "1")
    wait_for(lambda: (nodes.find_workers("lost") and len(study.records()) == 2) or first.poll())
    assert first.poll() is None, first.communicate()
    (worker,) = nodes.find_workers("lost")
    if address.startswith("ray"):  # a worker of Dask is started with its GPU
        assert read_environment(worker)["CUDA_VISIBLE_DEVICES"] == "0"
    first.kill()
    first.communicate()
    before = study.records()
    wait_for(lambda: not nodes.find_workers("lost"))
    second = study.start()
    wait_for(lambda: nodes.find_workers("lost") or second.poll())
    (worker,) = nodes.find_workers("lost")
    assert read_environment(worker)["CUDA_VISIBLE_DEVICES"] == ""
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: worker not in nodes.find_workers("lost") != [])
    nodes.kill("lost")
    wait_for(lambda: not nodes.find_workers("lost"))
    nodes.hold.unlink()
    errors = study.finish(second)
    assert errors.count(", started again on ") == 2
    assert before.items() <= study.records().items()
    study.check_records(address.partition(":")[0])

    wrong = Study(nodes, address, "[13]").start()
    output, errors = wrong.communicate(timeout=300)
    assert (wrong.returncode, output) == (1, "")
    assert "pairs.jsonl:3:7: error: bad luck\n  3 | a bad row\n    |       ^^" in errors
    assert "help: another seed" in errors

    large = study.start("--threads", "3", "--gpus", "1")
    _, errors = large.communicate(timeout=300)
    assert f"error: no node of {address} has 3 cores and 1 GPU for a run" in errors
    assert "help: start one with more" in errors


@pytest.mark.parametrize("address", ["slurm://here", "ray", "dask://"])
def test_an_address_that_is_none_is_told(address):
    with pytest.raises(InputError, match=f'"{address}" is no address of a cluster') as caught:
        open_executor(address, None, None)
    assert "help: ray://HOST:10001 or dask://HOST:8786" in str(caught.value)


def test_an_engine_that_is_missing_is_told(monkeypatch):
    monkeypatch.setattr("qslc.extras.find_spec", lambda _: None)
    with pytest.raises(InputError, match="distributed is not installed") as caught:
        open_executor("dask://here:1", None, None)
    assert 'pip install "qslc[cluster]"' in str(caught.value)


def test_gpus_are_given_on_clusters_only():
    with pytest.raises(InputError, match="GPUs are given to runs on a cluster only"):
        open_executor(None, 1, None, gpus=1)


@pytest.mark.parametrize("gpus", [0, 2])
def test_a_run_without_a_gpu_sees_none(gpus, monkeypatch):
    told = []
    monkeypatch.setattr(node, "unpack", lambda *_: "here")
    monkeypatch.setattr(node, "converse", lambda *order: told.append(order[-1]) or {})
    job = {"places": {"base": {}, "data": "d", "layer": ""}}
    node.train(
        {"job": job, "shipments": {"d": None}, "threads": 1, "gpus": gpus}, None, lambda _: None
    )
    hidden = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    assert told == [{} if gpus else hidden]


@pytest.mark.parametrize("backend", ["jax", "tensorflow"])
def test_versions_of_jax_matter_where_it_trains(backend, monkeypatch):
    monkeypatch.setattr(node, "find_versions", lambda: {"jax": "0"})
    job = {"identity": {"training": {"backend": backend}}}
    task = node.make_task("tests.study.fakes")
    monkeypatch.setattr("tests.study.fakes.train", lambda order: "trained", raising=False)
    told = task({"job": job})
    assert (told == "trained") == (backend == "tensorflow")
    assert backend == "tensorflow" or "instead of 0" in told["error"][0]["message"]


def test_a_node_with_other_versions_is_told(monkeypatch):
    versions = {"qslc": "0.0.1", "tensorflow": "0", "numpy": node.find_versions()["numpy"]}
    monkeypatch.setattr(node, "find_versions", lambda: versions)
    (error,) = node.make_task("no_module")({})["error"]
    here = node._find_version("qslc"), node._find_version("tensorflow")
    assert (
        f"has qslc {here[0]} instead of 0.0.1, tensorflow {here[1]} instead of 0"
        in (error["message"])
    )
    assert error["help"] == "install the same versions there as here"
