"""Exported files, read back by processes that cannot import qslc."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from qslc_runtime import insert

from tests.insertion.small_gpt2 import excite, make_model, tokens
from tests.insertion.test_generated import compiled
from tests.layer.layer_programs import load, make_spec
from tests.processes import run_python

pytestmark = pytest.mark.slow

SUFFIXES = {"tf_saved_model": "", "onnx": ".onnx", "litert": ".tflite"}
SPECS = {
    "amplitude": {"encoder": {"kind": "amplitude", "features": 6, "project": "learned"}},
    "reference": {
        "encoder": {
            "kind": "amplitude",
            "features": 8,
            "pad": "reference",
            "project": "orthogonal",
        },
        "qubits": 4,
        "measure": "interference",
    },
    "angle": {
        "encoder": {"kind": "angle", "project": "learned"},
        "ansatz": {
            "depth": 2,
            "rotations": ["rx", "rz"],
            "entangler": {"gate": "cz", "pattern": "ring"},
        },
        "measure": ["Z0*Z1", "X2"],
    },
    "iqp": {"encoder": {"kind": "iqp", "project": "learned"}, "measure": ["X0*Y1", "Z2"]},
}
READ = '''
import json, sys

class Absent:
    """Makes an import of qslc an error."""

    def find_spec(self, name, path=None, target=None):
        if name.startswith("qslc"):
            raise ImportError(name)

sys.meta_path.insert(0, Absent())
import numpy as np

def saved_model(path, inputs):
    import tensorflow as tf

    model = tf.saved_model.load(path)
    return model.serve(inputs["x"] if list(inputs) == ["x"] else inputs).numpy()

def find(name, inputs):
    return inputs[next(key for key in inputs if key in name or len(inputs) == 1)]

def onnx(path, inputs):
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    return session.run(None, {i.name: find(i.name, inputs) for i in session.get_inputs()})[0]

def litert(path, inputs):
    import tensorflow as tf

    model = tf.lite.Interpreter(path)
    details = model.get_input_details()
    for tensor in details:
        model.resize_tensor_input(tensor["index"], find(tensor["name"], inputs).shape)
    model.allocate_tensors()
    assert not [op for op in model._get_ops_details() if "Flex" in op["op_name"]]
    for tensor in details:
        model.set_tensor(tensor["index"], find(tensor["name"], inputs))
    model.invoke()
    return model.get_tensor(model.get_output_details()[0]["index"])

readers = {"tf_saved_model": saved_model, "onnx": onnx, "litert": litert}
for path, format, given, made in json.loads(sys.argv[1]):
    np.save(made, readers[format](path, dict(np.load(given))))
'''


class Pooled(keras.Model):
    """A subclassed model around a backbone."""

    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        self.head = keras.layers.Dense(3)

    def call(self, inputs):
        return self.head(self.backbone(inputs)[:, 0])


def functional(backbone):
    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in tokens()}
    return keras.Model(inputs, keras.layers.Dense(3)(backbone(inputs)[:, 0]))


def lone(layer, **options):
    inputs = keras.Input((None, 9))
    model = keras.Model(inputs, layer(units=4, **options)(inputs))
    rng = np.random.default_rng(1)
    for weight in model.weights:
        weight.assign(0.5 * rng.standard_normal(weight.shape))
    return model


def adapted(layer, **options):
    model = make_model()
    adapter = insert(model, layer, **options)
    excite(adapter)
    return model, adapter


def inputs_of(model):
    if len(model.inputs) == 2:
        return tokens()
    return {"x": np.random.default_rng(3).normal(size=(2, 5, 9)).astype("float32")}


def call(model, inputs):
    return np.asarray(model(inputs.get("x", inputs)))


def run_isolated(jobs):
    """Read exported files in a process that cannot import qslc."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", READ, json.dumps(jobs)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def read(models, kind, folder):
    """Return what a process without qslc makes of each model."""
    jobs = []
    for name, model in models.items():
        call(model, inputs_of(model))
        path, given, made = (str(folder / (name + end)) for end in (SUFFIXES[kind], ".npz", ".npy"))
        model.export(path, format=kind, verbose=False)
        np.savez(given, **inputs_of(model))
        jobs.append([path, kind, given, made])
    run_isolated(jobs)
    return {name: np.load(made) for name, (*_, made) in zip(models, jobs, strict=True)}


@pytest.fixture(scope="module")
def layers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("layers")
    return {name: load(folder / name, make_spec(**parts)) for name, parts in SPECS.items()}


@pytest.mark.parametrize("kind", SUFFIXES)
def test_a_process_without_qslc_reads_what_the_model_says(kind, layers, tmp_path):
    if kind == "onnx":
        pytest.importorskip("tf2onnx", reason="needs the dev extra")
    task, _ = adapted(layers["amplitude"])
    folded, adapter = adapted(layers["amplitude"])
    adapter.fold()
    models = {
        "task": task,
        "backbone": task.backbone,
        "around": functional(task.backbone),
        "folded": folded,
        "by_keras_ops": lone(layers["amplitude"], engine_options={"kernel": "keras"}),
        **{name: lone(layer) for name, layer in layers.items()},
    }
    for name, outputs in read(models, kind, tmp_path).items():
        expected = call(models[name], inputs_of(models[name]))
        assert np.abs(expected).max() > 0.05, name
        # a backbone divides differences of 1e-6 by the deviation of its small hidden states
        atol = 2e-6 * max(1, np.abs(expected).max()) if name in layers else 3e-5
        np.testing.assert_allclose(outputs, expected, rtol=0, atol=atol, err_msg=name)


def test_what_is_exported_while_the_adapter_is_disabled_is_the_base(layers, tmp_path):
    base = call(make_model(), tokens())
    model, adapter = adapted(layers["amplitude"])
    with adapter.disabled():
        outputs = read({"base": model}, "tf_saved_model", tmp_path)["base"]
    np.testing.assert_allclose(outputs, base, atol=1e-7)
    assert np.abs(call(model, tokens()) - base).max() > 1e-3


def test_a_subclassed_model_and_a_function_of_tensorflow(layers, tmp_path):
    """Export by Keras, and by TensorFlow itself."""
    import tensorflow as tf

    model = Pooled(adapted(layers["amplitude"])[0].backbone)
    expected = call(model, tokens())
    signature = {name: tf.TensorSpec((None, None), tf.int32, name) for name in tokens()}
    model.export(tmp_path / "keras", verbose=False, input_signature=[signature])
    module = tf.Module()
    module.variables_of_model = model.variables
    module.serve = tf.function(lambda inputs: model(inputs), input_signature=[signature])
    tf.saved_model.save(module, str(tmp_path / "tf"))
    for folder in ("keras", "tf"):
        loaded = tf.saved_model.load(tmp_path / folder)
        graph = loaded.serve.concrete_functions[0].graph.as_graph_def()
        assert "Qslc" not in str(graph), folder
        np.testing.assert_allclose(loaded.serve(tokens()), expected, atol=3e-5)


@pytest.mark.parametrize("engine", ["tfq", "qsim"])
def test_engines_that_no_file_can_hold_name_the_one_that_one_can(engine, tmp_path):
    layer = compiled(tmp_path / "ring", name="ring", depth=1)
    inputs = keras.Input((16,))
    model = keras.Model(inputs, layer(engine=engine)(inputs))
    for kind, suffix in SUFFIXES.items():
        with pytest.raises(ValueError, match='export the model with engine="native"'):
            model.export(str(tmp_path / f"out{suffix}"), format=kind, verbose=False)


UNDER_JAX = """
import sys, keras, numpy as np, qslc_runtime
from tests.insertion.small_gpt2 import excite, logits, make_model, tokens

assert keras.backend.backend() == "jax"
model = make_model()
excite(qslc_runtime.insert(model, qslc_runtime.load(sys.argv[1])))
signature = {name: keras.InputSpec("int32", (None, 12), name=name) for name in tokens()}
options = {"native_serialization": False}  # the JAX of the tests is newer than its TensorFlow
model.export(sys.argv[2], verbose=False, input_signature=[signature], jax2tf_kwargs=options)
np.savez(sys.argv[3], **tokens())
np.save(sys.argv[4], logits(model, tokens()))
"""


def test_jax_exports_what_tensorflow_reads(layers, tmp_path):
    folder = Path(inspect.getfile(layers["amplitude"])).parent
    path, given, made, said = (str(tmp_path / name) for name in ("out", "x.npz", "y.npy", "z.npy"))
    run_python(UNDER_JAX, folder, path, given, said, KERAS_BACKEND="jax")
    run_isolated([[path, "tf_saved_model", given, made]])
    np.testing.assert_allclose(np.load(made), np.load(said), atol=3e-5)
