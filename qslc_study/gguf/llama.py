"""Read the shape of a Llama from the keys of a GGUF file, and check the tensors against it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from qslc.spec.wording import describe, join_words, quote
from qslc_study.gguf.reader import GgufFile

_KNOWN = {
    "attention.head_count",
    "attention.head_count_kv",
    "attention.key_length",
    "attention.layer_norm_rms_epsilon",
    "attention.value_length",
    "block_count",
    "context_length",
    "embedding_length",
    "feed_forward_length",
    "rope.dimension_count",
    "rope.freq_base",
    "rope.scaling.factor",
    "rope.scaling.original_context_length",
    "rope.scaling.type",
    "tensor_data_layout",
    "vocab_size",
}
"""The keys under ``llama.`` that this module reads, or that change nothing of the model."""

_SUPPORTED = "llama with rotary positions, without biases, experts and sliding windows"
MAX_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class LlamaShape:
    """The shape of a Llama model.

    Args:
        vocabulary: Number of tokens.
        blocks: Number of blocks.
        width: Width of the hidden states.
        inner: Width inside the feed-forward layers.
        heads: Heads of the queries.
        key_heads: Heads of keys and values.
        length: Longest sequence that the model was made for.
        epsilon: Number below the root of the norm.
        base: Base of the rotary frequencies.
        stretch: Factor by which positions are divided.
        tied: Whether the output projection is the embedding.
    """

    vocabulary: int
    blocks: int
    width: int
    inner: int
    heads: int
    key_heads: int
    length: int
    epsilon: float
    base: float
    stretch: float
    tied: bool

    def list_tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield the names and shapes of all tensors."""
        narrow = self.width // self.heads * self.key_heads
        yield "token_embd.weight", (self.vocabulary, self.width)
        yield "output_norm.weight", (self.width,)
        if not self.tied:
            yield "output.weight", (self.vocabulary, self.width)
        for block in range(self.blocks):
            for name, shape in (
                ("attn_norm", (self.width,)),
                ("attn_q", (self.width, self.width)),
                ("attn_k", (narrow, self.width)),
                ("attn_v", (narrow, self.width)),
                ("attn_output", (self.width, self.width)),
                ("ffn_norm", (self.width,)),
                ("ffn_gate", (self.inner, self.width)),
                ("ffn_up", (self.inner, self.width)),
                ("ffn_down", (self.width, self.inner)),
            ):
                yield f"blk.{block}.{name}.weight", shape


def read_shape(file: GgufFile) -> LlamaShape:
    """Return the shape of the model in a file.

    Raises:
        InputError: The file holds no Llama model, or one with parts that are not supported, which
            are named.
    """
    kind = file.metadata.get("general.architecture")
    if kind != "llama":
        what = f"the architecture is {describe(kind)}"
        raise file.make_error(f"{what}, where only llama is supported", "a GGUF file of a Llama")
    _refuse_other_keys(file)
    width, heads = (
        _read_count(file, f"llama.{key}") for key in ("embedding_length", "attention.head_count")
    )
    shape = LlamaShape(
        vocabulary=_count_tokens(file),
        blocks=_read_count(file, "llama.block_count"),
        width=width,
        inner=_read_count(file, "llama.feed_forward_length"),
        heads=heads,
        key_heads=_read_count(file, "llama.attention.head_count_kv", heads),
        length=_read_count(file, "llama.context_length", MAX_NUMBER),
        epsilon=_read_positive(file, "llama.attention.layer_norm_rms_epsilon"),
        base=_read_positive(file, "llama.rope.freq_base", 10_000.0),
        stretch=_read_stretch(file),
        tied="output.weight" not in file.tensors,
    )
    _check_heads(file, shape)
    _check_tensors(file, shape)
    return shape


def _refuse_other_keys(file: GgufFile) -> None:
    own = (key.removeprefix("llama.") for key in file.metadata if key.startswith("llama."))
    for key in own:
        value = file.metadata[f"llama.{key}"]
        empty = isinstance(value, int | float) and not value
        if key not in _KNOWN and not empty:
            raise file.make_error(f"llama.{key} is not supported", _SUPPORTED)


def _count_tokens(file: GgufFile) -> int:
    tokens = file.metadata.get("tokenizer.ggml.tokens")
    if not isinstance(tokens, list) or not tokens:
        raise file.make_error("tokenizer.ggml.tokens is missing: the file has no vocabulary")
    return len(tokens)


def _read_count(file: GgufFile, key: str, default: int | None = None) -> int:
    value = file.metadata.get(key, default)
    if type(value) is not int or not 0 < value <= MAX_NUMBER:
        found = _describe(value)
        raise file.make_error(f"{key}: expected a positive whole number, got {found}")
    return value


def _read_positive(file: GgufFile, key: str, default: float | None = None) -> float:
    value = file.metadata.get(key, default)
    if not isinstance(value, float) or not 0 < value < math.inf:
        raise file.make_error(f"{key}: expected a positive number, got {_describe(value)}")
    return value


def _describe(value: Any) -> str:
    return "a list" if isinstance(value, np.ndarray) else describe(value)


def _read_stretch(file: GgufFile) -> float:
    kind = file.metadata.get("llama.rope.scaling.type", "none")
    if kind == "linear":
        return _read_positive(file, "llama.rope.scaling.factor")
    if kind != "none":
        message = f"llama.rope.scaling.type is {_describe(kind)}, which is not supported"
        raise file.make_error(message, "none or linear")
    return 1.0


def _check_heads(file: GgufFile, shape: LlamaShape) -> None:
    if shape.width % (2 * shape.heads) or shape.heads % shape.key_heads:
        message = (
            f"{shape.heads} heads, {shape.key_heads} of keys and values, "
            f"do not divide a width of {shape.width}"
        )
        raise file.make_error(message)
    size = shape.width // shape.heads
    for key in ("rope.dimension_count", "attention.key_length", "attention.value_length"):
        found = file.metadata.get(f"llama.{key}", size)
        if found != size:
            message = f"llama.{key} is {_describe(found)}, where a head has {size}"
            raise file.make_error(message, f"supported is {size} alone")


def _check_tensors(file: GgufFile, shape: LlamaShape) -> None:
    if shape.blocks > len(file.tensors):
        message = f"{shape.blocks:,} blocks, where the file has {len(file.tensors):,} tensors"
        raise file.make_error(message)
    expected = dict(shape.list_tensors())
    for name, size in expected.items():
        if name not in file.tensors:
            raise file.make_error(f"the tensor {quote(name)} is missing")
        found = file.tensors[name].shape
        if found != size:
            shapes = (" x ".join(map(str, each)) for each in (found, size))
            raise file.make_error(f"the tensor {quote(name)} is {join_words(shapes, 'and not')}")
    other = next((name for name in file.tensors if name not in expected), None)
    if other is not None:
        raise file.make_error(f"the tensor {quote(other)} is not supported", _SUPPORTED)
