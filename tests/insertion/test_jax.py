"""The same under the JAX backend, which needs a process of its own."""

from __future__ import annotations

import pytest

from tests.processes import run_python

pytestmark = pytest.mark.slow

UNDER_JAX = """
import keras, numpy as np
from tests.insertion.small_gpt2 import StandIn, excite, logits, make_model, tokens
from tests.insertion.test_training import batch, fit, generate, without_cache
from qslc_runtime.adapters import insert, load_adapter

assert keras.backend.backend() == "jax"
model = make_model()
before = logits(model, tokens())
adapter = insert(model, StandIn)
losses = fit(model, epochs=4)
save = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: adapter.save("during.safetensors"))
x, y, sample_weight = batch()
model.fit(x, y, sample_weight=sample_weight, callbacks=[save], verbose=0)
during = make_model()
load_adapter(during, "during.safetensors", StandIn)
assert np.array_equal(logits(during, tokens()), logits(model, tokens()))
assert losses[-1] < losses[0], losses
with adapter.disabled():
    assert np.array_equal(logits(model, tokens()), before)
excite(adapter, scale=2.0)
prompt = tokens(batch=2, length=4)["token_ids"]
assert np.array_equal(generate(model, prompt, 8), without_cache(model, prompt, 8))
adapter.save("adapter.safetensors")
other = make_model()
load_adapter(other, "adapter.safetensors", StandIn)
assert np.array_equal(logits(other, tokens()), logits(model, tokens()))
"""

FAMILIES = """
import keras, numpy as np
from tests.insertion.small_families import SIZES, make_family
from tests.insertion.small_gpt2 import StandIn, excite, logits, tokens
from tests.insertion.test_training import fit
from qslc_runtime.adapters import insert

assert keras.backend.backend() == "jax"
for name in SIZES:
    model = make_family(name)
    before = logits(model, tokens())
    adapter = insert(model, StandIn, ("query", "key", "value"), blocks=[0])
    excite(adapter)
    start = np.array(adapter.weights[next(iter(adapter.weights))])
    assert np.abs(logits(model, tokens()) - before).max() > 1e-3, name
    if name in ("Mixtral", "Qwen3", "GptOss"):
        fit(model, epochs=1)
        assert not np.array_equal(adapter.weights[next(iter(adapter.weights))], start), name
    with adapter.disabled():
        assert np.array_equal(logits(model, tokens()), before), name
"""


@pytest.mark.parametrize("code", [UNDER_JAX, FAMILIES], ids=["gpt2", "families"])
def test_under_jax(code, tmp_path):
    run_python(code, cwd=tmp_path, KERAS_BACKEND="jax")
