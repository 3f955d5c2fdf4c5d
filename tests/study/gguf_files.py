"""Small GGUF files of Llama models with random weights."""

from __future__ import annotations

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter
from gguf.quants import quantize

from qslc_study.gguf.llama import LlamaShape

SHAPE = LlamaShape(
    vocabulary=267,
    blocks=2,
    width=32,
    inner=64,
    heads=4,
    key_heads=2,
    length=64,
    epsilon=1e-5,
    base=5000.0,
    stretch=1.0,
    tied=True,
)
MERGES = ("Ġ t", "Ġt he", "h e", "i n", "a n", "an d", "Ġ 1", "1 2", "t he")
CONTROL = ("<|end|>", "<|start|>")


def spell_bytes() -> list[str]:
    """The characters of GPT-2 for the 256 bytes."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(256, 512))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]


def draw_tensors(shape: LlamaShape, seed: int = 0) -> dict[str, np.ndarray]:
    """Weights as Hugging Face has them: a rotated pair is half a head apart."""
    rng = np.random.default_rng(seed)
    return {
        name: rng.normal(1.0 if len(size) == 1 else 0.0, 0.3, size).astype(np.float32)
        for name, size in shape.list_tensors()
    }


def interleave(weight: np.ndarray, heads: int) -> np.ndarray:
    """Put the two of a rotated pair side by side, as GGUF has them."""
    return weight.reshape(heads, 2, -1, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape)


def make_metadata(shape: LlamaShape) -> dict[str, object]:
    """The keys of a file, without the architecture."""
    joined = [merge.replace(" ", "") for merge in MERGES]
    tokens = [*spell_bytes(), *joined, *CONTROL]
    return {
        "llama.block_count": shape.blocks,
        "llama.context_length": shape.length,
        "llama.embedding_length": shape.width,
        "llama.feed_forward_length": shape.inner,
        "llama.attention.head_count": shape.heads,
        "llama.attention.head_count_kv": shape.key_heads,
        "llama.attention.layer_norm_rms_epsilon": shape.epsilon,
        "llama.rope.freq_base": shape.base,
        "llama.rope.dimension_count": shape.width // shape.heads,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [1] * (len(tokens) - 2) + [3, 3],
        "tokenizer.ggml.merges": list(MERGES),
        "tokenizer.ggml.eos_token_id": len(tokens) - 2,
        "tokenizer.ggml.bos_token_id": len(tokens) - 1,
        "tokenizer.ggml.add_bos_token": False,
    }


def write_file(path, shape=SHAPE, quantization="F32", kind="llama", tensors=None, **changed):
    """Write a model; ``changed`` metadata replaces that of ``make_metadata``, None removes it.

    Keys have two underscores in the place of a period.
    """
    writer = GGUFWriter(path, kind)
    changed = {key.replace("__", "."): value for key, value in changed.items()}
    for key, value in (make_metadata(shape) | changed).items():
        add_value(writer, key, value)
    drawn = draw_tensors(shape) if tensors is None else tensors
    for name, tensor in drawn.items():
        add_tensor(writer, shape, name, tensor, GGMLQuantizationType[quantization])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def add_value(writer, key, value):
    match value:
        case None:
            pass
        case bool():
            writer.add_bool(key, value)
        case int():
            writer.add_uint32(key, value)
        case float():
            writer.add_float32(key, value)
        case str():
            writer.add_string(key, value)
        case _:
            writer.add_array(key, value)


def add_tensor(writer, shape, name, tensor, quantization):
    for part, heads in (("attn_q", shape.heads), ("attn_k", shape.key_heads)):
        if part in name and tensor.ndim == 2:
            tensor = interleave(tensor, heads)
    if tensor.ndim == 1:
        quantization = GGMLQuantizationType.F32
    writer.add_tensor(name, quantize(tensor, quantization), raw_dtype=quantization)
