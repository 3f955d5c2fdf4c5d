"""The examples run."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from qslc.pipeline import compile_to
from qslc.spec import load

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(*arguments):
    return subprocess.run(
        list(map(str, arguments)), capture_output=True, text=True, check=False, timeout=500
    )


def module(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


SPECS = [path for path in sorted(EXAMPLES.glob("*.yaml")) if path.stem != "gpt2_qsl"]
"""All but that of the demo, which compiles it."""


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_specs_compile(path, tmp_path):
    report = compile_to(load(path).spec, tmp_path)
    assert report["verification"]["verdict"] == "equal"
    assert (tmp_path / "report.html").exists()


def test_the_builder_makes_the_spec_of_the_yaml_file():
    done = run(sys.executable, EXAMPLES / "builder.py")
    assert done.returncode == 0, done.stderr
    assert "the same spec as gpt2_qsl.yaml" in done.stdout


def test_records_are_seeded_and_sentences_say_what_records_hold():
    records = module("records")
    for domain in records.DOMAINS:
        pairs = records.make_pairs(domain, 50, seed=3)
        assert pairs == records.make_pairs(domain, 50, seed=3)
        assert pairs != records.make_pairs(domain, 50, seed=4)
        for pair in pairs:
            fields = dict(part.split(": ") for part in pair.record.split(" | "))
            assert fields.pop("domain") == domain.name
            assert all(value in pair.sentence for value in fields.values())


def test_the_demo_runs():
    done = run(sys.executable, EXAMPLES / "demo.py", "--quick")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7/7" in done.stdout
    assert "trainable params: 704 || all params: " in done.stdout
    assert "report.html" in done.stdout
