"""Models that hold an adapted backbone somewhere in them, traced before and after."""

from __future__ import annotations

import warnings

import keras
import keras_hub
import numpy as np
import pytest
from keras import ops
from qslc_runtime.adapters import insert
from qslc_runtime.layer.weights import add_weight
from qslc_runtime.methods import Lora, Prefix, attach
from qslc_runtime.methods.method import SideLayer

from tests.insertion.small_gpt2 import StandIn, excite, logits, make_backbone, make_model, tokens
from tests.insertion.values import copy_values, find_changed
from tests.processes import run_python

pytestmark = pytest.mark.slow

X = tokens(batch=4)


@keras.saving.register_keras_serializable(package="tests.around")
class Eager(SideLayer):
    """A pure layer that XLA cannot compile, which counts how often it is run."""

    runs = 0

    def __init__(self, units, **kwargs):
        super().__init__(units, **kwargs)
        self.supports_jit = False

    def build(self, input_shape):
        start = np.full((input_shape[-1], self.units), 0.01, np.float32)
        self.up = add_weight(self, "up", start)

    def call(self, inputs):
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            tf.py_function(self._count, [], [])
        return ops.matmul(inputs, self.up)

    def _count(self):
        Eager.runs += 1


class Subclassed(keras.Model):
    def __init__(self, backbone):
        super().__init__()
        self.held = backbone
        self.head = keras.layers.Dense(2)

    def call(self, inputs):
        return self.head(self.held(inputs)[:, 8])


def wrap(backbone, head=lambda hidden: hidden):
    """Make a functional model of a backbone and a head."""
    inputs = {name: keras.Input((12,), dtype="int32", name=name) for name in X}
    return keras.Model(inputs, head(backbone(inputs)))


def models_around(backbone, jit_compile):
    """Make a functional model, one of the backbone's own tensors, a subclass, and a second task."""
    around = [
        wrap(backbone, lambda hidden: keras.layers.Dense(3)(hidden[:, 7])),
        keras.Model(backbone.inputs, keras.layers.Dense(3)(backbone.output[:, 6])),
        Subclassed(backbone),
        keras_hub.models.GPT2CausalLM(backbone, preprocessor=None),
    ]
    for model in around[:3]:
        model.compile("adam", "mse", jit_compile=jit_compile)
    return around


def outputs(models):
    return [model.predict(X, verbose=0) for model in models]


def same(one, other):
    return [np.array_equal(left, right) for left, right in zip(one, other, strict=True)]


def check_models_around(layer_or_method, jit_compile):
    backbone = make_backbone()
    models = models_around(backbone, jit_compile)
    base = outputs(models)
    adapter = attach(backbone, layer_or_method)
    excite(adapter)
    adapted = outputs(models)
    assert all(np.abs(one - other).max() > 1e-4 for one, other in zip(base, adapted, strict=True))
    with adapter.disabled():
        assert all(same(outputs(models), base))
    assert all(same(outputs(models), adapted))
    adapter.remove()
    assert all(same(outputs(models), base))


@pytest.mark.parametrize(
    ("kind", "jit_compile"),
    [(StandIn, True), *((kind, False) for kind in (StandIn, Lora(2), Prefix(2), Eager))],
    ids=str,
)
def test_disabled_and_removed_hold_in_every_model(kind, jit_compile):
    check_models_around(kind, jit_compile)


def test_a_disabled_sublayer_is_not_run():
    model = make_model(jit_compile=False)
    adapter = insert(model, Eager)
    model.predict(X, verbose=0)
    Eager.runs = 0
    with adapter.disabled():
        model.predict(X, verbose=0)
    assert Eager.runs == 0
    model.predict(X, verbose=0)
    assert Eager.runs > 0


def test_a_model_that_was_never_compiled_predicts_with_the_sublayers_after():
    backbone = make_backbone()
    model = wrap(backbone)
    before = model.predict(X, verbose=0)
    excite(insert(backbone, Eager))
    assert np.abs(model.predict(X, verbose=0) - before).max() > 1e-3


def test_fit_of_a_model_around_trains_the_sublayers_and_never_the_base():
    backbone = make_backbone()
    model, *_ = models_around(backbone, "auto")
    y = np.ones((4, 3), "float32")
    model.fit(X, y, verbose=0)
    base = copy_values(backbone.weights)
    adapter = insert(backbone, StandIn)
    excite(adapter)
    start = copy_values(adapter.weights)
    model.fit(X, y, verbose=0)
    assert find_changed(adapter.weights, start) == start.keys()
    adapter.remove()
    assert not find_changed(backbone.weights, base)
    model.fit(X, y, verbose=0)
    assert find_changed(backbone.weights, base)


def test_a_function_traced_with_the_sublayers_knows_when_they_rest():
    import tensorflow as tf

    model = make_model()
    before = logits(model, X)
    adapter = insert(model, StandIn)
    excite(adapter)
    traced = tf.function(model)
    adapted = traced(X).numpy()
    with adapter.disabled():
        np.testing.assert_allclose(traced(X), before, atol=1e-5)
    assert np.array_equal(traced(X), adapted)
    adapter.remove()
    np.testing.assert_allclose(traced(X), before, atol=1e-5)


@pytest.mark.parametrize("kind", [StandIn, Eager])
def test_remove_within_disabled_is_for_good(kind):
    import tensorflow as tf

    model = make_model(jit_compile=True)
    before = logits(model, X), model.predict(X, verbose=0)
    adapter = insert(model, kind)
    excite(adapter)
    traced = tf.function(model)
    traced(X)
    model.fit(X, X["token_ids"], verbose=0)
    with adapter.disabled():
        adapter.remove()
    np.testing.assert_allclose(traced(X), before[0], atol=1e-5)
    assert np.array_equal(model.predict(X, verbose=0), before[1])
    assert model.jit_compile
    start = copy_values(model.weights)
    model.fit(X, X["token_ids"], verbose=0)
    assert find_changed(model.weights, start)


def test_the_switch_is_neither_saved_nor_counted(model, tmp_path):
    import h5py

    total = model.count_params()
    adapter = insert(model, StandIn)
    assert len(model.variables) == len(model.weights) + 1
    assert model.count_params() == total + 4 * 68 == adapter.total_parameters
    with adapter.disabled():
        model.save_weights(tmp_path / "model.weights.h5")
    with h5py.File(tmp_path / "model.weights.h5") as file:
        kinds = set()
        file.visititems(lambda _, item: kinds.add(getattr(item, "dtype", None)))
    assert np.dtype(bool) not in kinds


def test_derivatives_through_a_traced_sublayer(model):
    import tensorflow as tf

    adapter = insert(model, StandIn, "query", [1])
    excite(adapter)
    weight = adapter.weights["transformer_layer_1/query/theta"].value

    def jacobian():
        with tf.GradientTape() as tape:
            out = model(X)[0, 5, :3]
        return tape.jacobian(out, weight)

    np.testing.assert_allclose(tf.function(jacobian)(), jacobian(), atol=1e-5)


def test_dropout_in_attention_with_a_prefix_is_drawn_as_before():
    """Under XLA both branches are run: the seeds must advance once, as those of the base do."""
    seeds = []
    for jit_compile in (True, False):
        model = make_model(jit_compile=jit_compile, dropout=0.3)
        attach(model, Prefix(2))
        model.fit(X, X["token_ids"], verbose=0)
        state = [v for v in model.variables if "seed" in v.path]
        seeds.append([tuple(ops.convert_to_numpy(v)) for v in state])
    assert seeds[0] == seeds[1]


@pytest.mark.parametrize("around", ["backbone", "task", "functional"])
def test_a_base_stays_frozen_whatever_a_model_around_is_told(model, around):
    adapter = insert(model, StandIn)
    count = adapter.trainable_parameters
    told = {"backbone": model.backbone, "task": model, "functional": wrap(model.backbone)}[around]
    told.trainable = False
    assert not told.trainable_weights
    told.trainable = True
    assert adapter.trainable_parameters == count
    assert {id(w) for w in told.trainable_weights} == {id(w) for w in adapter.weights.values()}


def test_a_layer_of_the_base_that_was_made_trainable_is_named(model):
    insert(model, StandIn)
    block = model.backbone.transformer_layers[1]
    block.trainable = False
    block.trainable = True
    with pytest.warns(UserWarning, match=r"weights of the base model train .*transformer_layer_1"):
        model.fit(X, X["token_ids"], verbose=0)
    model.backbone.trainable = False
    model.backbone.trainable = True
    model.compile("adam", "sparse_categorical_crossentropy")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*weights of the base model train")
        model.fit(X, X["token_ids"], verbose=0)


@pytest.mark.parametrize("lora_first", [True, False])
def test_keras_lora_and_sublayers_train_together(lora_first, tmp_path):
    model = make_model()
    if lora_first:
        model.backbone.enable_lora(2)
        adapter = insert(model, StandIn)
    else:
        adapter = insert(model, StandIn)
        model.backbone.enable_lora(2)
    excite(adapter)
    lora = [w for w in model.weights if w.name.startswith("lora_")]
    trained = [*lora, *adapter.weights.values()]
    assert len(lora) == 8
    assert {id(w) for w in model.trainable_weights} == {id(w) for w in trained}
    start = copy_values(trained)
    model.fit(X, X["token_ids"], epochs=2, verbose=0)
    assert find_changed(trained, start) == start.keys()
    model.backbone.save_lora_weights(tmp_path / "a.lora.h5")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(logits(loaded, X), logits(model, X), atol=1e-4)
    plain = make_model()
    plain.backbone.enable_lora(2)
    adapter.remove()
    flags = [w.trainable for w in plain.weights]
    assert [w.trainable for w in model.weights] == flags
    model.backbone.save_lora_weights(tmp_path / "b.lora.h5")
    plain.backbone.load_lora_weights(tmp_path / "b.lora.h5")
    np.testing.assert_allclose(logits(plain, X), logits(model, X), atol=1e-5)


UNDER_JAX = """
import keras, numpy as np
from tests.insertion import test_models_around as around
from tests.insertion.small_gpt2 import StandIn, excite, logits, make_backbone, make_model
from qslc_runtime.adapters import insert
from qslc_runtime.methods import Lora, Prefix, attach

for kind in (StandIn, Lora(2), Prefix(2)):
    around.check_models_around(kind, "auto")
around.test_fit_of_a_model_around_trains_the_sublayers_and_never_the_base()

# within fit, JAX's trainer has its own copy of the variables
model = make_model(dropout=0.3)
base = model.predict(around.X, verbose=0)
adapter = attach(model, Prefix(2))
seen = []
class Disable(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        with adapter.disabled():
            seen.append(np.array_equal(model.predict(around.X, verbose=0), base))
model.fit(around.X, around.X["token_ids"], batch_size=2, verbose=0, callbacks=[Disable()])
assert seen == [True, True], seen
"""


def test_models_around_under_jax(tmp_path):
    run_python(UNDER_JAX, cwd=tmp_path, KERAS_BACKEND="jax")


UNDER_A_STRATEGY = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import numpy as np, pytest
from tests.insertion.small_gpt2 import StandIn, excite, make_model, tokens
from qslc_runtime.adapters import insert, load_adapter
from qslc_runtime.methods import KerasLora, Lora, attach

strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    model = make_model(jit_compile=False)
x = tokens(batch=4)
base = model.predict(x, verbose=0)
for put in (lambda: insert(model, StandIn), lambda: attach(model, Lora(2)),
            lambda: attach(model, KerasLora(2))):
    with pytest.raises(ValueError, match="in the scope of a MirroredStrategy.*with strategy.scope"):
        put()
with strategy.scope():
    adapter = insert(model, StandIn)
excite(adapter)
model.fit(x, x["token_ids"], verbose=0)
adapted = model.predict(x, verbose=0)
assert not np.array_equal(adapted, base)
with adapter.disabled():
    assert np.array_equal(model.predict(x, verbose=0), base)
adapter.save("adapter.h5")
adapter.remove()
assert np.array_equal(model.predict(x, verbose=0), base)
with pytest.raises(ValueError, match="in the scope of a MirroredStrategy"):
    load_adapter(model, "adapter.h5", StandIn)
outside = make_model()
with strategy.scope(), pytest.raises(ValueError, match="outside of the MirroredStrategy"):
    insert(outside, StandIn)
"""


def test_an_adapter_is_made_where_its_model_was(tmp_path):
    run_python(UNDER_A_STRATEGY, cwd=tmp_path)
