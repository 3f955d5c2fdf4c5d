"""The compiled kernel is built once, and what happens where it cannot be built."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.layer.layer_programs import make_spec, write_layer

pytestmark = pytest.mark.slow

SCRIPT = """
import sys, logging
logging.basicConfig(format="%(name)s: %(message)s")
import numpy, qslc_runtime
layer = qslc_runtime.load(sys.argv[1])
for _ in range(2):
    values = layer(engine_options=dict(kernel=sys.argv[2] or None))(numpy.ones((2, 6), "float32"))
print("mean", float(numpy.asarray(values).mean()))
"""


def start(folder: Path, kernel: str = "", **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), kernel],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_processes_that_build_at_once_share_one_library(tmp_path: Path) -> None:
    layer, cache = write_layer(tmp_path / "layer", make_spec()), tmp_path / "cache"
    both = [start(layer, "compiled", XDG_CACHE_HOME=str(cache)) for _ in range(2)]
    outputs = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0]
    assert len(list((cache / "qslc").glob("*.so"))) == 1


def test_without_a_compiler_the_keras_code_runs_and_says_so_once(tmp_path: Path) -> None:
    layer = write_layer(tmp_path / "layer", make_spec())
    missing = {"CC": "no-such-compiler", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    output, errors = start(layer, **missing).communicate()
    assert "mean" in output
    assert errors.count("qslc_runtime: ") == 1
    assert "there is no C compiler 'no-such-compiler' (set CC to one)" in errors


def test_a_compiled_kernel_that_was_asked_for_is_an_error(tmp_path: Path) -> None:
    layer = write_layer(tmp_path / "layer", make_spec())
    broken = {"CC": "false", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    process = start(layer, "compiled", **broken)
    _, errors = process.communicate()
    assert process.returncode == 1
    assert "ValueError: there is no compiled kernel here: false failed" in errors
    assert [path.name for path in (tmp_path / "cache" / "qslc").iterdir()] == [".lock"]
