"""GGUF files: what is read from them, and what is said of files that are not as they should be."""

from __future__ import annotations

import random
import struct
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from qslc.diagnostics import InputError

pytest.importorskip("gguf")

from gguf import GGMLQuantizationType, GGUFWriter
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize

from qslc_study.gguf import check_model
from qslc_study.gguf.llama import read_shape
from qslc_study.gguf.reader import read_gguf
from qslc_study.gguf.vocabulary import read_vocabulary
from qslc_study.materials import prepare_base
from qslc_study.spec import load
from tests.study.fakes import STUDY, write_study
from tests.study.gguf_files import SHAPE, draw_tensors, interleave, write_file


@pytest.mark.parametrize(
    ("quantization", "tolerance"),
    [("F32", 0), ("F16", 1e-3), ("Q8_0", 0.02), ("Q4_0", 0.3), ("Q4_1", 0.2)],
)
def test_tensors_are_those_that_were_written(tmp_path, quantization, tolerance):
    path = write_file(tmp_path / "a.gguf", quantization=quantization)
    file = read_gguf(path)
    assert read_shape(file) == replace(SHAPE, epsilon=float(np.float32(1e-5)))
    for name, expected in draw_tensors(SHAPE).items():
        found = file.read_tensor(name)
        for part, heads in (("attn_q", 4), ("attn_k", 2)):
            expected = interleave(expected, heads) if part in name else expected
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=tolerance, rtol=0)


@pytest.mark.parametrize("name", ["Q4_K", "Q6_K", "Q5_0", "BF16"])
def test_blocks_of_every_quantization_of_gguf(tmp_path, name):
    """Random blocks; the first two and last two bytes, a scale in some, are small numbers."""
    quantization = GGMLQuantizationType[name]
    count, size = GGML_QUANT_SIZES[quantization]
    blocks = np.random.default_rng(0).integers(0, 60, (3, 2, size), np.uint8)
    writer = GGUFWriter(tmp_path / "a.gguf", "llama")
    writer.add_tensor("first", np.ones(5, np.float32))
    writer.add_tensor("second", blocks.reshape(3, -1), raw_dtype=quantization)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    found = read_gguf(tmp_path / "a.gguf").read_tensor("second")
    assert found.shape == (3, 2 * count)
    assert np.ptp(found) > 0
    assert np.array_equal(found, dequantize(blocks.reshape(3, -1), quantization))


PIECES = {"tokenizer__ggml__model": "llama", "tokenizer__ggml__scores": [-0.5] * 267}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kind": "gemma"}, 'the architecture is the text "gemma", where only llama'),
        (
            {"llama__block_count": None},
            "llama.block_count: expected a positive whole number, got n",
        ),
        ({"llama__block_count": 0}, "llama.block_count: expected a positive whole number, got 0"),
        ({"llama__block_count": 2**31 - 1}, "2,147,483,647 blocks, where the file has 20 tensors"),
        ({"llama__feed_forward_length": [64, 64]}, "positive whole number, got a list"),
        ({"llama__attention__head_count": 3}, "3 heads, 2 of keys and values, do not divide"),
        ({"llama__attention__head_count": 2**31 - 1}, "do not divide a width of 32"),
        ({"llama__rope__dimension_count": 4}, "rope.dimension_count is 4, where a head has 8"),
        ({"llama__attention__key_length": 16}, "key_length is 16, where a head has 8"),
        ({"llama__rope__scaling__type": "yarn"}, 'rope.scaling.type is the text "yarn"'),
        ({"llama__rope__freq_base": -1.0}, "rope.freq_base: expected a positive number, got -1.0"),
        ({"llama__rope__freq_base": float("nan")}, "expected a positive number, got nan"),
        ({"llama__expert_count": 8}, "llama.expert_count is not supported"),
        ({"llama__attention__sliding_window": 64}, "llama.attention.sliding_window is not supp"),
        ({"tokenizer__ggml__tokens": None}, "the file has no vocabulary"),
        ({"tokenizer__ggml__tokens": ["a", "b"]}, '"token_embd.weight" is 267 x 32 and not 2 x 32'),
        ({"tokenizer__ggml__tokens": ["a"] * 267}, 'the token "a" stands twice, again as number 1'),
        ({"tokenizer__ggml__model": "t5"}, 'tokenizer.ggml.model is the text "t5"'),
        (
            {"tokenizer__ggml__pre": "future"},
            'pre is the text "future": how it splits texts is not',
        ),
        ({"tokenizer__ggml__pre": None}, "tokenizer.ggml.pre is nothing"),
        ({"tokenizer__ggml__merges": ["Ġ zebra"]}, 'merge of "Ġ" and "zebra" is of tokens that'),
        ({"tokenizer__ggml__merges": ["Ġ"]}, 'the merge "Ġ" is no pair of tokens'),
        ({"tokenizer__ggml__token_type": [1, 2]}, "expected a whole number for each token"),
        ({"tokenizer__ggml__token_type": [9] * 267}, "expected numbers from 1 to 6"),
        (
            {"tokenizer__ggml__eos_token_id": 267},
            "eos_token_id: expected a number below 267, got 2",
        ),
        ({"tokenizer__ggml__add_bos_token": 1}, "add_bos_token: expected true or false"),
        ({"tokenizer__ggml__model": "llama"}, "scores: expected a number for each token"),
        ({**PIECES, "tokenizer__ggml__precompiled_charsmap": "x"}, "charsmap is not supported"),
    ],
)
def test_what_is_not_supported_is_named(tmp_path, changed, message):
    path = write_file(tmp_path / "a.gguf", **changed)
    assert message in fail_to_check(path)


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("blk.1.ffn_up.weight", None, 'the tensor "blk.1.ffn_up.weight" is missing'),
        ("blk.1.ffn_up.weight", (32, 32), '"blk.1.ffn_up.weight" is 32 x 32 and not 64 x 32'),
        ("blk.0.attn_q.bias", (32,), 'the tensor "blk.0.attn_q.bias" is not supported; llama with'),
        ("rope_freqs.weight", (4,), 'the tensor "rope_freqs.weight" is not supported'),
    ],
)
def test_tensors_that_do_not_fit_are_named(tmp_path, name, shape, message):
    tensors = draw_tensors(SHAPE)
    tensors.pop(name, None)
    if shape:
        tensors[name] = np.ones(shape, np.float32)
    assert message in fail_to_check(write_file(tmp_path / "a.gguf", tensors=tensors))


def test_numbers_that_are_not_finite_are_named(tmp_path):
    tensors = draw_tensors(SHAPE)
    tensors["output_norm.weight"][3] = np.inf
    file = read_gguf(write_file(tmp_path / "a.gguf", tensors=tensors))
    with pytest.raises(InputError, match=r'"output_norm.weight" holds numbers that are not finite'):
        file.read_tensor("output_norm.weight")


def fail_to_check(path):
    """The error of a file, in one line."""
    with pytest.raises(InputError) as caught:
        check_model(path)
    (found,) = caught.value.diagnostics
    assert str(path) in found.message
    return f"{found.message}; {found.help}"


def pack_text(text):
    return struct.pack("<Q", len(text)) + text.encode()


def make_header(tensors=0, keys=0, version=3):
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys)


def make_entry(name="a", dims=(32,), kind=0, offset=0):
    shape = struct.pack(f"<{len(dims)}Q", *dims)
    return pack_text(name) + struct.pack("<I", len(dims)) + shape + struct.pack("<IQ", kind, offset)


HUGE = 2**63


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"PK\3\4 and more", "this is no GGUF file: it does not begin with GGUF"),
        (b"GGUF", "it ends at byte 4, within a number of 4 bytes"),
        (make_header(version=1), "this is version 1 of GGUF"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "this is big-endian GGUF"),
        (make_header(tensors=HUGE), "it states 9,223,372,036,854,775,808 tensors"),
        (make_header(keys=HUGE), "it states 9,223,372,036,854,775,808 keys"),
        (make_header(keys=9), "it ends at byte 24, within a key of 8 bytes"),
        (make_header(keys=1) + struct.pack("<Q", HUGE), "within a key of 9,223,372,036,854,775,8"),
        (make_header(keys=1) + pack_text("k") + struct.pack("<I", 13), "of the unknown type 13"),
        (
            make_header(keys=1) + pack_text("k") + struct.pack("<IIQ", 9, 4, HUGE),
            'within the value of "k" of 36,893,488,147,419,103,232 bytes',
        ),
        (
            make_header(keys=1) + pack_text("k") + struct.pack("<IIQ", 9, 8, 2**40),
            "a list of 1,099,511,627,776 texts",
        ),
        (
            make_header(keys=1) + pack_text("k") + struct.pack("<IIQ", 9, 9, 1),
            "a list of the unknown type 9",
        ),
        (
            make_header(keys=2) + 2 * (pack_text("k") + struct.pack("<IB", 7, 1)),
            'the key "k" stands twice',
        ),
        (
            make_header(keys=1) + pack_text("general.alignment") + struct.pack("<II", 4, 0),
            "general.alignment is 0",
        ),
        (make_header(keys=1) + struct.pack("<Q", 2) + b"\xff\xfe", "a key is no text in UTF-8"),
        (make_header(1) + make_entry(dims=()), "has 0 dimensions, not 1 to 4"),
        (
            make_header(1) + pack_text("a") + struct.pack("<I", 2**32 - 1),
            "4,294,967,295 dimensions",
        ),
        (make_header(1) + make_entry(dims=(0,)), "no whole blocks of 1 numbers"),
        (make_header(1) + make_entry(dims=(33,), kind=8), "33, no whole blocks of 32 numbers"),
        (make_header(1) + make_entry(kind=99), "has the quantization 99, which gguf cannot undo"),
        (make_header(1) + make_entry(kind=26), "has the quantization I32, which gguf cannot undo"),
        (
            make_header(1) + make_entry(dims=(2**32, 2**32, 2**32, 2**32)),
            "bytes ends behind the end of the file",
        ),
        (make_header(1) + make_entry(dims=(2**40,)), "of 4,398,046,511,104 bytes ends behind"),
        (make_header(1) + make_entry(offset=7), "does not begin at a multiple of 32"),
        (make_header(1) + make_entry(offset=HUGE) + bytes(999), "ends behind the end of the file"),
        (
            make_header(2) + make_entry() + make_entry() + bytes(999),
            'the tensor "a" stands twice',
        ),
        (
            make_header(2) + make_entry() + make_entry("b", offset=64) + bytes(999),
            'the tensors "a" and "b" share bytes',
        ),
    ],
)
def test_a_hostile_file_is_named_in_little_memory(tmp_path, data, message):
    path = tmp_path / "a.gguf"
    path.write_bytes(data)
    tracemalloc.start()
    try:
        assert message in fail_to_check(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_file_that_is_cut_or_damaged_anywhere_is_an_error_or_still_a_model(tmp_path):
    path = write_file(tmp_path / "a.gguf", shape=replace(SHAPE, blocks=1))
    whole, cut = path.read_bytes(), tmp_path / "cut.gguf"
    for size in (*range(0, 6000, 61), *range(6000, len(whole), 1999), len(whole) - 1):
        cut.write_bytes(whole[:size])
        fail_to_check(cut)
    rng, named = random.Random(0), 0
    for _ in range(300):
        data = bytearray(whole)
        for place in rng.sample(range(8000), rng.choice((1, 8))):
            data[place] = rng.choice((0, 255, rng.randrange(256)))
        cut.write_bytes(data)
        try:
            check_model(cut)
        except InputError:
            named += 1
    assert named > 200


def test_a_study_finds_the_file_and_says_where_it_is_named(tmp_path):
    path = write_study(tmp_path, STUDY.replace("{folder: base}", "{gguf: a.gguf}"))
    with pytest.raises(InputError, match=r"study\.yaml:3:7: error: cannot read .*a\.gguf: No such"):
        prepare_base(load(path), tmp_path, 1, lambda *_: None)
    write_file(tmp_path / "a.gguf", kind="gemma")
    with pytest.raises(InputError, match=r"study\.yaml:3:7: error: .*the architecture is"):
        prepare_base(load(path), tmp_path, 1, lambda *_: None)
    write_file(tmp_path / "a.gguf")
    found = prepare_base(load(path), tmp_path, 1, lambda *_: None)
    assert found.place == {"gguf": str(tmp_path / "a.gguf")}
    write_file(tmp_path / "a.gguf", quantization="F16")
    assert prepare_base(load(path), tmp_path, 1, lambda *_: None).digest != found.digest


def test_a_file_inside_a_package(tmp_path, monkeypatch):
    (tmp_path / "some_model").mkdir()
    write_file(tmp_path / "some_model" / "a.gguf")
    monkeypatch.syspath_prepend(tmp_path)
    base = "{package: some_model, gguf: a.gguf}"
    found = load(write_study(tmp_path, STUDY.replace("{folder: base}", base)))
    place = prepare_base(found, tmp_path, 1, lambda *_: None).place
    assert place == {"gguf": str(tmp_path / "some_model" / "a.gguf")}


def test_the_vocabulary(tmp_path):
    found = read_vocabulary(read_gguf(write_file(tmp_path / "a.gguf")))
    assert (found.end, found.start, found.split) == (265, None, "digits")
    assert found.merges[0] == ("Ġ", "t")
    starts = write_file(
        tmp_path / "b.gguf", tokenizer__ggml__pre="llama-bpe", tokenizer__ggml__add_bos_token=None
    )
    assert read_vocabulary(read_gguf(starts)).start == 266
