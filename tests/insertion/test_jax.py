"""The same under the JAX backend, which needs a process of its own."""

from __future__ import annotations

import pytest

from tests.processes import run_python

pytestmark = pytest.mark.slow

ONE = """
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

SEVERAL = """
import keras, numpy as np
from tests.insertion.small_gpt2 import StandIn, excite, logits, make_model, tokens
from tests.insertion.test_training import fit
from tests.insertion.values import copy_values, find_changed
from qslc_runtime import get_active, insert, set_active
from qslc_runtime.methods import Lora, attach

assert keras.backend.backend() == "jax"
model = make_model()
base = logits(model, tokens())
tone = insert(model, StandIn, name="tone")
lora = attach(model, Lora(2), name="lora", targets=("query", "mlp_up"))
set_active(model, ["tone", "lora"], {"lora": 0.5})
before = [copy_values(each.weights) for each in (tone, lora)]
losses = fit(model, epochs=3)
assert losses[-1] < losses[0], losses
for each, values in zip((tone, lora), before):
    assert find_changed(each.weights, values) == set(each.weights)
together = model.predict(tokens(), verbose=0)
np.testing.assert_allclose(together, logits(model, tokens()), atol=1e-5)
with lora.disabled():
    assert np.array_equal(logits(model, tokens()), base)
set_active(model, "tone")
held = copy_values(lora.weights)
fit(model, epochs=1)
assert not find_changed(lora.weights, held)
set_active(model, ["tone", "lora"], {"lora": 0.5})
expected = logits(model, tokens())
model.save("model.keras")
loaded = keras.saving.load_model("model.keras")
assert get_active(loaded) == {"tone": 1.0, "lora": 0.5}
assert np.array_equal(logits(loaded, tokens()), expected)
lora.merge_into_base()
np.testing.assert_allclose(logits(model, tokens()), expected, atol=2e-5)
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


def test_under_jax(tmp_path):
    run_python(ONE + SEVERAL + FAMILIES, cwd=tmp_path, KERAS_BACKEND="jax")
