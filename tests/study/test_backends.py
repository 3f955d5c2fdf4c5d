"""Training on JAX, on one device and on several: the numbers of TensorFlow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qslc_study.training.base import make_scratch
from qslc_study.worker import work

pytestmark = pytest.mark.slow

PAIRS = Path(__file__).parents[2] / "examples" / "study" / "pairs.jsonl"
SHAPE = {"blocks": 2, "width": 16, "heads": 2, "length": 170, "steps": 3, "seed": 0}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A base, pairs and a compiled sublayer."""
    import qslc

    home = tmp_path_factory.mktemp("places")
    text = (PAIRS.parent / "prose.txt").read_text()
    make_scratch({"settings": SHAPE, "text": text, "folder": str(home / "base")}, lambda _: None)
    rows = map(json.loads, PAIRS.read_text().splitlines())
    pairs = [[row["place"], row["sentence"], "pairs.jsonl", n] for n, row in enumerate(rows, 1)]
    parts = {"train": pairs[:12], "validation": pairs[12:15], "test": pairs[15:18]}
    (home / "pairs.json").write_text(json.dumps({**parts, "sources": [pairs[15][0]]}))
    spec = qslc.sublayer("small", qubits=4).amplitude(features=16)
    spec = spec.layers(depth=1, rotations=["ry"]).measure("z")
    qslc.compile(spec).save(home / "layer")
    return {
        "base": {"folder": str(home / "base")},
        "data": str(home / "pairs.json"),
        "layer": str(home / "layer"),
    }


@pytest.fixture(autouse=True)
def on_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")


def train(places: dict[str, Any], arm: dict[str, Any], **training: Any) -> dict[str, Any]:
    settings = {"steps": 5, "batch": 3, "length": 170, "schedule": "linear", "warmup": 1}
    identity = {
        "arm": {"targets": ["query", "value"], "blocks": "all", "rates": {}, **arm},
        "learning_rate": 0.05,
        "seed": 1,
        "prompt": "{source} =>",
        "training": {**settings, "weight_decay": 0.0, "clip": 1.0, **training},
        "evaluate": {
            "every": 2,
            "test": True,
            "generate": {"decoding": "greedy", "max_tokens": 4, "batch": 1},
        },
    }
    job = {"task": "run", "identity": identity, "places": places}
    return dict(work(job, 1, lambda _: None))


SUBLAYER = {"method": "qsl", "ansatz": "small.yaml", "options": {}}


ONE: dict[str, Any] = {}
MANY: dict[str, Any] = {"devices": {"data": 2, "model": 2}}


@pytest.mark.parametrize(
    ("arm", "meshes"),
    [
        (SUBLAYER, [ONE, MANY]),
        ({"method": "full"}, [MANY]),
        ({"method": "prefix", "length": 2, "hidden": None}, [ONE]),
    ],
    ids=["qsl", "full", "prefix"],
)
def test_a_run_on_jax_has_the_losses_of_one_on_tensorflow(
    arm: dict[str, Any], meshes: list[dict[str, Any]], places: dict[str, Any]
) -> None:
    expected = train(places, arm)
    for mesh in meshes:
        found = train(places, arm, backend="jax", **mesh)
        np.testing.assert_allclose(found["losses"], expected["losses"], rtol=2e-5)
        np.testing.assert_allclose(found["validation"], expected["validation"], rtol=2e-5)
        np.testing.assert_allclose(found["test"]["loss"], expected["test"]["loss"], rtol=2e-5)
        assert found["texts"]["written"] == expected["texts"]["written"]
        assert found["parameters"] == expected["parameters"]
        assert {"jax", "jaxlib"} <= found["environment"].keys()
        assert "tensorflow" not in found["environment"]


MESH = """
import sys, keras, numpy
from qslc_runtime.methods import Sublayer, attach, grouped_adamw
from qslc.diagnostics import InputError
from qslc_study.training.backends import count_parts, find_backend
from qslc_study.training.base import load_base
from qslc_study.training.examples import Example, collate

folder, sublayer = sys.argv[1:]
backend = find_backend()

def load():
    return load_base({"folder": folder})

def list_parts(variables):
    return {
        variable.path: variable.value.sharding.shard_shape(variable.shape)
        for variable in variables
        if variable.value.sharding.shard_shape(variable.shape) != variable.shape
    }

try:
    with backend.divide({"data": 4, "model": 2}, load):
        raise AssertionError
except InputError as error:
    assert "asks for 8 devices; JAX sees cpu:0, cpu:1, cpu:2, cpu:3" in str(error), error

with backend.divide({"data": 2, "model": 2}, load) as base:
    assert count_parts() == 2
    backbone = base.model.backbone
    divided = list_parts(backbone.variables)
    whole = [v.path for v in backbone.variables if v.path not in divided]
    assert divided["token_embedding/embeddings"] == (257, 8), divided
    assert all("bias" in path or "norm" in path for path in whole), whole
    before = {v.path: numpy.array(v) for v in backbone.variables}
    adapter = attach(base.model, Sublayer(sublayer, {}), seed=0)
    weights = [weight for group in adapter.groups.values() for weight in group]
    assert not list_parts(weights)
    optimizer = grouped_adamw(adapter, dict.fromkeys(adapter.groups, 0.1))
    steps = backend.make_steps(backbone, weights, optimizer)
    batch = collate([Example(numpy.arange(5 + n, dtype="int32"), 2, False) for n in range(3)])
    losses = [steps.train(batch) for _ in range(3)]
    assert losses[2] < losses[0], losses
    assert list_parts(v for v in backbone.variables if v.path in before) == divided
    for variable in backbone.variables:
        if variable.path in before:
            numpy.testing.assert_array_equal(variable, before[variable.path])
assert count_parts() == 1
"""

DROPOUT = """
import keras, keras_hub, numpy
from qslc_study.training.backends import find_backend
from qslc_study.training.examples import Example, collate

keras.utils.set_random_seed(0)
backbone = keras_hub.models.GPT2Backbone(257, 1, 2, 16, 32, dropout=0.5, max_sequence_length=16)
optimizer = keras.optimizers.SGD(0.0)
steps = find_backend().make_steps(backbone, backbone.trainable_variables, optimizer)
batch = collate([Example(numpy.arange(9, dtype="int32"), 2, False)] * 2)
steps.prepare(batch)
assert len({steps.train(batch) for _ in range(3)}) == 3
assert steps.sum_losses(batch) == steps.sum_losses(batch)
"""

SHOTS = """
import sys, keras, numpy
from qslc_runtime.methods import Sublayer, attach
from qslc_study.training.backends import find_backend
from qslc_study.training.base import load_base
from qslc_study.training.changes import measure_changes
from qslc_study.training.examples import Example, collate

folder, sublayer = sys.argv[1:]
base = load_base({"folder": folder})
options = {"engine": "shots", "engine_options": {"shots": 9}}
adapter = attach(base.model, Sublayer(sublayer, options))
for weight in adapter.groups["up"]:
    weight.assign(weight + 0.1)
example = Example(numpy.arange(9, dtype="int32"), 2, False)
sum_losses = find_backend().make_sum(base.model.backbone)
assert len({sum_losses(collate([example])) for _ in range(3)}) == 3
assert measure_changes(base.model.backbone, adapter, [example], 1) == {}
"""


def run_on_jax(code: str, *arguments: str, flags: str = "") -> None:
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=4 {flags}"
    own = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags}
    environment = {**os.environ, **own}
    subprocess.run([sys.executable, "-c", code, *arguments], env=environment, check=True)


def test_a_mesh_divides_the_base_and_the_tokens_of_the_kernel(
    places: dict[str, Any], tmp_path: Path
) -> None:
    """A batch of 3 rows is padded to 4 of 32 tokens, half of which each device has."""
    flags = f"--xla_dump_to={tmp_path} --xla_dump_hlo_module_re=.*jit_step --xla_dump_hlo_as_text"
    run_on_jax(MESH, places["base"]["folder"], places["layer"], flags=flags)
    (file,) = tmp_path.glob("*after_optimizations.txt")
    calls = [line for line in file.read_text().splitlines() if 'custom_call_target="qslc_' in line]
    assert len(calls) == 2 * 2 * 2  # blocks, targets; outputs and gradients
    assert all("f32[64,16]" in call and "f32[128,16]" not in call for call in calls)


def test_dropout_draws_anew_in_each_step() -> None:
    run_on_jax(DROPOUT)


def test_shots_are_drawn_anew_for_each_batch(places: dict[str, Any]) -> None:
    run_on_jax(SHOTS, places["base"]["folder"], places["layer"])
