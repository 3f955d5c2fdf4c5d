"""An engine from outside: one class, added to ``ENGINES``, goes the whole way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import qslc_runtime
from qslc_runtime.engines import ENGINES, Engine, list_engines
from qslc_runtime.engines.native import NativeEngine
from qslc_runtime.noise import Place

import qslc
from tests.extension.stages import random_inputs

pytestmark = pytest.mark.slow

YAML = """qslc: 1
name: toy
qubits: 2
encoder: {kind: angle}
ansatz: {depth: 1, entangler: {gate: cnot, pattern: linear}}
device: line
noise: {readout: {p01: 0.1, p10: 0.1}}
"""


class ToyEngine(Engine):
    """The native engine, damped."""

    name = "toy"
    exact = True
    differentiable = True
    exportable = False
    backends = frozenset({"tensorflow"})
    noise: Any = frozenset()
    reads_artifact = False
    supports_jit = False

    def __init__(self, layer_class: type, *, contrast: float = 1.0) -> None:
        self._native = NativeEngine(layer_class)
        self._contrast = contrast

    def expectations(self, inputs: Any, theta: Any) -> Any:
        return self._contrast * self._native.expectations(inputs, theta)


def vary(**changes: Any) -> Any:
    return type("Varied", (ToyEngine,), changes)


@pytest.fixture
def layer(tmp_path: Path) -> Iterator[Any]:
    qslc.compile_to(qslc.parse(YAML), tmp_path)
    with ENGINES.temporarily(ToyEngine):
        yield qslc_runtime.load(tmp_path)


def test_a_layer_runs_on_it_trains_is_saved_and_folded(layer: Any, tmp_path: Path) -> None:
    x, _ = random_inputs(layer)
    model = keras.Sequential([keras.Input(x.shape[1:]), layer(1, engine="toy", seed=1)])
    model.compile("adam", "mse")
    model.fit(x, np.ones((len(x), 1)), verbose=0)
    model.save(tmp_path / "toy.keras")
    again = keras.models.load_model(tmp_path / "toy.keras")
    np.testing.assert_array_equal(again(x), model(x))
    assert again.layers[0].engine == "toy"
    np.testing.assert_allclose(again.layers[0].fold()(x), model(x), atol=2e-6)


def test_its_options_are_its_own(layer: Any) -> None:
    x, _ = random_inputs(layer)
    half = layer(engine="toy", engine_options={"contrast": 0.5})(x)
    np.testing.assert_allclose(half, 0.5 * np.asarray(layer()(x)), atol=1e-6)
    with pytest.raises(ValueError, match="'native' has no option 'contrast'; use engine='toy'"):
        layer(engine_options={"contrast": 0.5})


def test_messages_name_it(layer: Any) -> None:
    assert "toy" in list_engines(differentiable=True)
    with pytest.raises(
        ValueError, match="engines are native, tfq, qsim, noisy, shots, sampler, toy"
    ):
        layer(engine="tot")
    with pytest.raises(
        ValueError, match="train with 'native' or 'tfq' or 'noisy' or 'shots' or 'toy'"
    ):
        layer(engine="qsim")(np.zeros((1, 2), np.float32), training=True)


def test_one_that_samples_is_not_folded(layer: Any) -> None:
    with ENGINES.temporarily(vary(name="sampling", exact=False)):
        sampled = layer(engine="sampling")
        sampled(np.zeros((1, 2), np.float32))
        with pytest.raises(ValueError, match=r'runs on engine "sampling".*only the exact'):
            sampled.fold()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"backends": frozenset({"torch"})},
            ValueError,
            "needs the PyTorch backend, but Keras runs on tensorflow",
        ),
        (
            {"noise": frozenset({Place.MOMENT}), "reads_artifact": True},
            ValueError,
            "'varied' cannot simulate the noise 'readout'",
        ),
        (
            {"noise": frozenset(Place)},
            TypeError,
            "'varied' simulates noise, but does not read the artifact",
        ),
        (
            {"supports_jit": None},
            TypeError,
            "the engine 'varied' does not define supports_jit",
        ),
    ],
)
def test_one_that_cannot_run_the_layer_is_refused(
    layer: Any, changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    varied = vary(name="varied", **changes)
    with ENGINES.temporarily(varied), pytest.raises(error, match=message):
        layer(engine="varied")


@pytest.mark.parametrize("field", [*Engine.REQUIRED[1:], "expectations"])
def test_what_it_leaves_out_is_named(field: str) -> None:
    body = {key: value for key, value in ToyEngine.__dict__.items() if key != field}
    body = {key: value for key, value in body.items() if not key.startswith("_abc")}
    with pytest.raises(TypeError, match=f"the engine 'toy' does not define {field}"):
        ENGINES.add(type(Engine)("Other", (Engine,), {**body, "__module__": __name__}))


def test_a_name_that_is_taken() -> None:
    with pytest.raises(ValueError, match="the engine 'qsim' exists already"):
        ENGINES.add(vary(name="qsim"))
