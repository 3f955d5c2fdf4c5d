"""Public classes have examples, which run, and layers say what they are called with."""

from __future__ import annotations

import doctest
import importlib.util
import inspect
import warnings

import cirq
import keras
import keras_hub
import numpy as np
import pytest
import qslc_runtime
import sympy
from qslc_runtime import engines, methods, mitigation, preparation, sampling

import qslc
from qslc.spec import Sublayer

pytestmark = pytest.mark.slow

_TABLE = ("native", "tfq", "qsim", "noisy", "shots", "sampler")
_TEXT = """\
qslc: 1
name: my_layer
qubits: 3
encoder: {kind: amplitude, features: 8, preparation: multiplexed}
ansatz: {depth: 1, rotations: [ry], entangler: {gate: cnot, pattern: linear}}
measure: z
device: {grid: [2, 3]}
noise: {depolarizing: {2q: 0.01}}
"""


def _list_public():
    """Return the public objects that have docstrings of their own, once each."""
    packages = (qslc, qslc_runtime, engines, methods, mitigation, preparation, sampling)
    found = [getattr(package, name) for package in packages for name in package.__all__]
    found += [Sublayer]
    if importlib.util.find_spec("tensorflow_quantum"):
        found += [engines.ENGINES[name] for name in _TABLE]
    return [*dict.fromkeys(each for each in found if inspect.isclass(each) or callable(each))]


PUBLIC = _list_public()
CLASSES = [each for each in PUBLIC if inspect.isclass(each) and not issubclass(each, Exception)]


def name_of(each):
    return f"{each.__module__}.{each.__qualname__}"


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """What the examples take for granted."""
    folder = tmp_path_factory.mktemp("docstrings")
    (folder / "ansatz.yaml").write_text(_TEXT, encoding="utf-8")
    compiled = qslc.compile(folder / "ansatz.yaml")
    compiled.save(folder / "build" / "my_layer")
    drawn = np.random.default_rng(0)
    given = {
        "compiled": compiled,
        "hidden": drawn.normal(size=(5, 8)).astype("float32"),
        "tokens": drawn.normal(size=(20, 8)).astype("float32"),
        "inputs": {name: np.ones((2, 4), "int32") for name in ("token_ids", "padding_mask")},
        "targets": np.zeros((2, 4, 8), "float32"),
    }
    packages = {"cirq": cirq, "keras": keras, "np": np, "sympy": sympy, "qslc": qslc}
    return folder, {**packages, **given, "qslc_runtime": qslc_runtime}


def make_model():
    return keras_hub.models.GPT2Backbone(
        vocabulary_size=20,
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        max_sequence_length=8,
    )


@pytest.mark.parametrize("each", PUBLIC, ids=name_of)
@pytest.mark.usefixtures("own_registries")
def test_examples_run(each, names, monkeypatch):
    folder, given = names
    monkeypatch.chdir(folder)
    for case in doctest.DocTestFinder().find(each, name_of(each), globs={}):
        if case.examples:
            case.globs = {**given, "model": make_model()}
            said = []
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                runner = doctest.DocTestRunner(verbose=False)
                runner.run(case, out=said.append)
            assert not runner.failures, "".join(said)


@pytest.mark.parametrize("each", CLASSES, ids=name_of)
def test_classes_have_examples(each):
    text = inspect.getdoc(each)
    assert "\nExample:\n    >>> " in text
    if issubclass(each, keras.layers.Layer):
        assert "\nCall arguments:\n    inputs: " in text
