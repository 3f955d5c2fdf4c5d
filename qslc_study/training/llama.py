"""Make KerasHub's Llama from a GGUF file, one tensor at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras_hub
import numpy as np
from numpy.typing import NDArray

from qslc_study.gguf.llama import LlamaShape, read_shape
from qslc_study.gguf.reader import GgufFile, read_gguf
from qslc_study.gguf.vocabulary import read_vocabulary
from qslc_study.training.tokens import TextTokenizer


def load_llama(path: Path) -> tuple[keras_hub.models.LlamaBackbone, TextTokenizer]:
    """Load a model and its tokenizer.

    Raises:
        InputError: The file is not one of a Llama that is supported.
    """
    file = read_gguf(path)
    shape, vocabulary = read_shape(file), read_vocabulary(file)
    try:
        tokenizer = TextTokenizer(vocabulary)
    except ValueError as error:
        raise file.make_error(f"its vocabulary cannot be used: {error}") from None
    backbone = _make_backbone(shape)
    _load_ends(backbone, file, shape)
    for number, layer in enumerate(backbone.transformer_layers):
        _load_block(layer, file, f"blk.{number}", shape)
    return backbone, tokenizer


def _make_backbone(shape: LlamaShape) -> keras_hub.models.LlamaBackbone:
    """Return a model of a shape.

    KerasHub's Llama ignores ``rope_position_scaling_factor``. Its adjustment of frequencies divides
    those of waves longer than the pretraining sequence; with a sequence of 1, all of them.
    """
    stretched = {
        "rope_frequency_adjustment_factor": shape.stretch,
        "rope_low_freq_factor": 1.0,
        "rope_high_freq_factor": 2.0,
        "rope_pretraining_sequence_length": 1,
    }
    return keras_hub.models.LlamaBackbone(
        vocabulary_size=shape.vocabulary,
        num_layers=shape.blocks,
        num_query_heads=shape.heads,
        hidden_dim=shape.width,
        intermediate_dim=shape.inner,
        num_key_value_heads=shape.key_heads,
        rope_max_wavelength=shape.base,
        layer_norm_epsilon=shape.epsilon,
        tie_word_embeddings=shape.tied,
        dtype="float32",
        **({} if shape.stretch == 1 else stretched),
    )


def _load_ends(backbone: keras_hub.models.LlamaBackbone, file: GgufFile, shape: LlamaShape) -> None:
    backbone.token_embedding.embeddings.assign(file.read_tensor("token_embd.weight"))
    if not shape.tied:
        backbone.token_embedding.reverse_embeddings.assign(file.read_tensor("output.weight").T)
    backbone.layer_norm.scale.assign(file.read_tensor("output_norm.weight"))


def _load_block(layer: Any, file: GgufFile, name: str, shape: LlamaShape) -> None:
    def read(part: str) -> NDArray[np.float32]:
        """Return the kernel of a projection, (inputs, outputs)."""
        return file.read_tensor(f"{name}.{part}.weight").T

    attention = layer._self_attention_layer
    size = shape.width // shape.heads
    for projection, part, heads in (
        (attention._query_dense, "attn_q", shape.heads),
        (attention._key_dense, "attn_k", shape.key_heads),
    ):
        projection.kernel.assign(_order_halves(read(part).reshape(shape.width, heads, size)))
    value = read("attn_v").reshape(shape.width, shape.key_heads, size)
    attention._value_dense.kernel.assign(value)
    attention._output_dense.kernel.assign(
        read("attn_output").reshape(shape.heads, size, shape.width)
    )
    layer._self_attention_layernorm.scale.assign(read("attn_norm"))
    layer._feedforward_layernorm.scale.assign(read("ffn_norm"))
    layer._feedforward_gate_dense.kernel.assign(read("ffn_gate"))
    layer._feedforward_intermediate_dense.kernel.assign(read("ffn_up"))
    layer._feedforward_output_dense.kernel.assign(read("ffn_down"))


def _order_halves(kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a kernel (inputs, heads, size) whose rotated pairs are half a head apart.

    GGUF has the two of a pair side by side.
    """
    inputs, heads, size = kernel.shape
    return kernel.reshape(inputs, heads, size // 2, 2).swapaxes(2, 3).reshape(kernel.shape)
