"""Fixed weights, which an adapter file does not hold: made again, and their digests compared."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from qslc_runtime.adapters import adapter_file, fixed_weights, insert, load_adapter
from qslc_runtime.layer.weights import compute_singular_bases
from qslc_runtime.methods import LoraXs, Quadratic, Quic, Vera, attach

import qslc
from tests.insertion.small_families import make_family
from tests.insertion.small_gpt2 import logits, make_backbone, make_model, tokens
from tests.insertion.test_kernel_basis import SPEC, layer  # noqa: F401
from tests.insertion.test_training import fit
from tests.insertion.values import copy_values, find_changed

pytestmark = pytest.mark.slow


def train(adapter):
    """Change every weight that trains."""
    rng = np.random.default_rng(1)
    for group in adapter.groups.values():
        for weight in group:
            weight.assign(rng.standard_normal(weight.shape))


def stored(path):
    return {key.rsplit("/", 1)[1] for key in adapter_file.read_header(path).tensors}


def digested(path):
    return {key.rsplit("/", 1)[1] for key in adapter_file.read_header(path).record.fixed}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "adapter.safetensors"


@pytest.mark.parametrize("options", [{}, {"basis": "random"}, {"trainable_angles": False}], ids=str)
def test_a_sublayer_is_stored_without_its_fixed_matrices(layer, options, path):  # noqa: F811
    adapter = insert(make_model(), layer, **options)
    train(adapter)
    adapter.save(path)
    angles = {"theta", "theta_up"}
    trained = {"gain"} if options.get("trainable_angles") is False else {"gain", *angles}
    assert stored(path) == trained
    assert digested(path) == {"down", "up", "gain", *angles} - trained
    again = make_model()
    load_adapter(again, path, layer)
    assert np.array_equal(logits(again, tokens()), logits(adapter.model, tokens()))


@pytest.mark.parametrize(
    ("method", "trained", "fixed_names"),
    [
        (LoraXs(3), {"core"}, {"lora_xs_a", "lora_xs_b"}),
        (Quadratic(2, trainable_down=False), {"up"}, {"down"}),
        (Vera(8), {"inner_scale", "outer_scale"}, {"a", "b"}),
        (Quic(2), {"skew"}, {"kernel"}),
    ],
    ids=["lora_xs", "quadratic", "vera", "quic"],
)
def test_other_methods(method, trained, fixed_names, path):
    adapter = attach(make_model(), method, seed=4)
    train(adapter)
    adapter.save(path)
    assert stored(path) == trained
    assert digested(path) == fixed_names
    again = attach(make_model(), method, seed=4)
    again.load(path)
    assert np.array_equal(logits(again.model, tokens()), logits(adapter.model, tokens()))


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (Quadratic(2, trainable_down=False), "down.*: seed is 4 in the file and 5 in the model"),
        (Vera(8), "option shared_seed: 4 in the file, 5 in the model"),
    ],
    ids=str,
)
def test_another_seed_is_named(method, message, path):
    attach(make_model(), method, seed=4).save(path)
    with pytest.raises(ValueError, match=message):
        attach(make_model(), method, seed=5).load(path)


def test_another_base_is_named(layer, path):  # noqa: F811
    model = make_model()
    insert(model, layer).save(path)
    other = make_model()
    for weight in other.weights:
        weight.assign(weight + 1e-3 * np.random.default_rng(0).standard_normal(weight.shape))
    adapter = insert(other, layer)
    before = copy_values(adapter.weights)
    with pytest.raises(ValueError) as error:
        adapter.load(path)
    message = str(error.value)
    assert "fixed weights differ: transformer_layer_0/query/down, " in message
    assert "the base model, which is another one or has another precision" in message
    assert not find_changed(adapter.weights, before)
    with pytest.raises(ValueError, match="basis is 'default' in the file and 'random' in the mode"):
        insert(make_model(), layer, basis="random").load(path)


def test_all_weights_bring_their_directions_to_another_base(layer, path):  # noqa: F811
    adapter = insert(make_model(), layer)
    train(adapter)
    adapter.save(path, all_weights=True)
    assert {"down", "up"} <= stored(path)
    assert not digested(path)
    other = insert(make_model(), layer, basis="random")
    other.load(path)
    assert np.array_equal(logits(other.model, tokens()), logits(adapter.model, tokens()))


def test_a_model_that_was_saved_whole(layer, path, tmp_path):  # noqa: F811
    adapter = insert(make_model(), layer)
    train(adapter)
    adapter.save(path)
    adapter.model.save(tmp_path / "model.keras")
    from qslc_runtime import get_adapter

    loaded = get_adapter(keras.saving.load_model(tmp_path / "model.keras"))
    loaded.save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == path.read_bytes()


def test_what_was_changed_or_trained_before_it_was_frozen_is_stored(layer, path):  # noqa: F811
    adapter = insert(make_model(), layer)
    train(adapter)
    for sublayer in adapter.sublayers.values():
        sublayer.trainable = False
    adapter.weights["transformer_layer_0/query/down"].assign(np.eye(16, 8))
    adapter.save(path)
    header = adapter_file.read_header(path)
    assert stored(path) == {"theta", "theta_up", "gain", "down"}
    assert [key for key in header.tensors if key.endswith("down")] == [
        "transformer_layer_0/query/down"
    ]
    again = load_adapter(make_model(), path, layer)
    assert np.array_equal(logits(again.model, tokens()), logits(adapter.model, tokens()))


def test_a_base_that_changed_after_the_insertion(layer, path):  # noqa: F811
    adapter = insert(make_model(), layer)
    for weight in adapter.model.backbone.weights:
        if weight.name == "kernel":
            weight.assign(weight + 0.1)
    adapter.save(path)
    assert {"down", "up"} <= stored(path)


@pytest.mark.parametrize("name", ["Llama", "Gemma"])
def test_kernels_that_are_narrower_than_the_hidden_state(layer, name, path):  # noqa: F811
    insert(make_family(name), layer, targets=["value"]).save(path)
    assert stored(path) == {"theta", "theta_up", "gain"}
    load_adapter(make_family(name), path, layer)


def test_directions_that_rounding_would_turn_are_stored(layer, path):  # noqa: F811
    model = make_model()
    for block in model.backbone.transformer_layers:
        for target in ("query", "value"):
            kernel = getattr(block._self_attention_layer, f"_{target}_dense").kernel
            kernel.assign(np.eye(16).reshape(kernel.shape))
    insert(model, layer).save(path)
    assert {"down", "up"} <= stored(path)


def test_480_trained_numbers_take_kilobytes(path, tmp_path):
    import qslc_runtime

    from qslc.spec.model import Spec

    spec = SPEC | {
        "qubits": 7,
        "encoder": SPEC["encoder"] | {"features": 64},
        "ansatz": SPEC["ansatz"] | {"depth": 4},
    }
    qslc.compile_to(Spec.model_validate(spec), tmp_path / "layer")
    backbone = make_backbone(hidden_dim=768, num_heads=12)
    adapter = insert(backbone, qslc_runtime.load(tmp_path / "layer"), basis="random")
    assert adapter.trainable_parameters == 480
    adapter.save(path)
    assert path.stat().st_size < 5000


def test_the_digest_knows_rounding_from_change():
    matrix = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float32)
    digest = fixed_weights.digest(matrix)
    assert fixed_weights.matches(matrix, digest)
    assert fixed_weights.matches(np.nextafter(matrix, np.float32(np.inf)), digest)
    turned = matrix * np.where(np.arange(8) == 3, -1, 1)
    for other in (
        turned,
        matrix + 1e-4,
        matrix[::-1],
        matrix[:, ::-1],
        0 * matrix,
        np.nan * matrix,
    ):
        assert not fixed_weights.matches(other, digest)
        assert not fixed_weights.are_equal(other.astype(np.float32), matrix)
    assert not fixed_weights.matches(matrix, digest[:3])
    assert not fixed_weights.matches(matrix, (np.nan, *digest[1:]))


def test_bases_hold_for_another_rounding_of_the_kernel():
    """Check what completes the longer basis too, which LAPACK alone leaves to chance."""
    kernel = np.random.default_rng(0).standard_normal((12, 5))
    noise = np.random.default_rng(1).standard_normal(kernel.shape)
    one, other = compute_singular_bases(kernel), compute_singular_bases(kernel + 1e-13 * noise)
    assert one.determined == 12
    np.testing.assert_allclose(one.left, other.left, atol=1e-6)
    np.testing.assert_allclose(one.left.T @ one.left, np.eye(12), atol=1e-6)
    np.testing.assert_allclose(one.left[:, :5] * one.values @ one.right, kernel, atol=1e-5)
    wide = compute_singular_bases(kernel.T)
    np.testing.assert_allclose(wide.right @ wide.right.T, np.eye(12), atol=1e-6)
    assert wide.determined == 12


@pytest.mark.parametrize(
    ("values", "determined"),
    [([3, 2, 1], 3), ([3, 3, 1], 0), ([3, 1, 1], 1), ([3, 2, 0], 2), ([0, 0, 0], 0)],
)
def test_only_vectors_of_distinct_values_are_determined(values, determined):
    q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))
    assert compute_singular_bases(q * values).determined == determined


def test_the_kernel_is_the_same_under_every_policy(layer):  # noqa: F811
    def directions(dtype):
        backbone = make_backbone(dtype=dtype)
        for weight in backbone.weights:
            weight.assign(np.random.default_rng(len(weight.path)).standard_normal(weight.shape))
        adapter = insert(backbone, layer)
        return np.asarray(adapter.weights["transformer_layer_0/query/down"])

    assert np.array_equal(directions("float32"), directions("mixed_bfloat16"))


def test_the_spec_of_a_file_compiles_to_the_same_layer(layer, path, tmp_path):  # noqa: F811
    from qslc.spec.model import Spec

    adapter = insert(make_model(), layer)
    assert fit(adapter.model)
    adapter.save(path)
    spec = adapter_file.read_header(path).record.spec
    qslc.compile_to(Spec.model_validate(spec), tmp_path / "again")
    import qslc_runtime

    again = load_adapter(make_model(), path, qslc_runtime.load(tmp_path / "again"))
    assert np.array_equal(logits(again.model, tokens()), logits(adapter.model, tokens()))
