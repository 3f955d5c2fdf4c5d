"""Queries, keys and values of a block are measured together on engine "sampler"."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from qslc_runtime import engines, insert
from qslc_runtime.sampling import SAMPLERS, SamplerError, register_sampler

from tests.insertion.small_families import SIZES, make_family
from tests.insertion.small_gpt2 import StandIn, logits, make_model, tokens
from tests.sampling.fakes import Fake, load

pytestmark = pytest.mark.slow

ALL = ("query", "key", "value")
SHOTS = 2000


@pytest.fixture
def fake():
    sampler = Fake()
    register_sampler("fake chip", sampler)
    yield sampler
    del SAMPLERS._entries["fake chip"]


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    encoder = "{kind: angle, project: orthogonal}"
    return load(tmp_path_factory.mktemp("measured"), encoder, measure='["Z0", "X0*X2"]')


def put(layer, targets=ALL, **options):
    model = make_model()
    options = {"sampler": "fake chip", "shots": SHOTS, **options}
    adapter = insert(model, layer, targets, engine="sampler", engine_options=options)
    for weight in adapter.weights.values():
        if weight.name == "up":
            weight.assign(0.1 * np.ones(weight.shape))
    return model, adapter


@pytest.mark.parametrize("graph", [False, True])
def test_a_block_is_one_job_for_each_setting(layer, fake, graph):
    model, adapter = put(layer)
    count = tokens()["token_ids"].size
    run = (lambda: model.predict(tokens(), verbose=0)) if graph else (lambda: model(tokens()))
    run()
    assert len(fake.calls) == 2 * 2  # settings, blocks
    assert fake.calls[2:] == [(3 * count, SHOTS)] * 2  # in block 0 some tokens are equal
    run()
    assert len(fake.calls) == 4, "everything is known"
    sublayer = adapter.sublayers["transformer_layer_1/value"]
    seen = np.random.default_rng(0).normal(size=(1, 5, 16)).astype(np.float32)
    adapted = model.backbone.transformer_layers[1]._self_attention_layer
    for name in ("_query_dense", "_key_dense", "_value_dense"):
        getattr(adapted, name)(seen)
    assert fake.calls[4:] == [(15, SHOTS)] * 2
    (features, theta), *_ = sublayer.list_measurements(seen[0])
    exact = engines.create("native", layer, {}).expectations(features, theta)
    values = sublayer._engine.expectations(features, theta)
    assert len(fake.calls) == 6, "its own values are in the record"
    np.testing.assert_allclose(values, exact, atol=5 / np.sqrt(SHOTS))
    assert np.ptp(np.asarray(exact)) > 0.3, "the test has no power"


def test_the_budget_is_that_of_all(layer, fake):
    _, adapter = put(layer, ("query", "value"), max_shots=2 * 3 * SHOTS)
    value = adapter.sublayers["transformer_layer_0/value"]
    seen = np.random.default_rng(0).normal(size=(4, 16)).astype(np.float32)
    value(seen[:3])  # two layers, two settings, three tokens
    assert fake.calls == [(6, SHOTS)] * 2
    with pytest.raises(SamplerError, match="max_shots is 24,000"):
        value(seen)


def test_what_does_not_belong_together_is_measured_alone(layer, fake):
    count = tokens()["token_ids"].size
    model, adapter = put(layer, reuse=False)
    model(tokens())
    assert len(fake.calls) == 2 * 3 * 2
    assert fake.calls[-1] == (count, SHOTS)
    model, adapter = put(layer)
    sublayer = adapter.sublayers["transformer_layer_0/key"]
    adapter.remove()
    fake.calls.clear()
    sublayer(np.ones((1, 2, 16), np.float32))
    assert fake.calls == [(1, SHOTS)] * 2


class Recorder(StandIn):
    """Remembers what it is called with."""

    seen: dict[str, np.ndarray] = {}  # noqa: RUF012

    def call(self, x):
        self.seen.setdefault(self.name, keras.ops.convert_to_numpy(x))
        return super().call(x)


@pytest.mark.parametrize("family", SIZES)
def test_every_family_gives_them_the_same_hidden_states(family):
    model = make_family(family)
    Recorder.seen.clear()
    insert(model, Recorder, ALL, blocks=[0])
    logits(model, {"token_ids": np.arange(6).reshape(1, 6), "padding_mask": np.ones((1, 6), int)})
    assert {*Recorder.seen} == {*ALL}
    for name in ALL:
        np.testing.assert_array_equal(Recorder.seen[name], Recorder.seen["query"])
