"""Rows, splits and references."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qslc.diagnostics import InputError
from qslc_study.materials import prepare_base
from qslc_study.pairs import Pair, group_references, load_parts, sample, split_sources
from qslc_study.rows import read_rows
from qslc_study.spec import load
from qslc_study.spec.model import Split
from tests.study.fakes import STUDY, write_study


def test_csv_rows_know_the_line_they_begin_on(tmp_path):
    path = tmp_path / "e2e.csv"
    path.write_text('mr,ref\n"name[A], food[B]","A serves\nfood."\n\nname[C],C is near.\n')
    rows = read_rows(path)
    assert [row.line for row in rows] == [2, 5]
    assert rows[0].values == {"mr": "name[A], food[B]", "ref": "A serves\nfood."}


@pytest.mark.parametrize("character", "\u2028\u2029\x85\f\v\x1c\x1d\x1e")
@pytest.mark.parametrize("quote", ["", '"'])
def test_only_line_ends_end_a_row(tmp_path, character, quote):
    path = tmp_path / "a.csv"
    path.write_text(f"mr,ref\n{quote}a{character}b{quote},c\nd,e\n", encoding="utf-8")
    rows = read_rows(path)
    assert [(row.line, *row.values.values()) for row in rows] == [
        (2, f"a{character}b", "c"),
        (3, "d", "e"),
    ]
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": "\u2028\u2029\x85"}\n{"a": "\\ud83d\\ude00"}\n', encoding="utf-8")
    assert [row.values["a"] for row in read_rows(path)] == ["\u2028\u2029\x85", "😀"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_system_and_a_byte_order_mark(tmp_path, end):
    path = tmp_path / "a.csv"
    path.write_bytes(("\ufeffmr,ref\n" + 'a,"b\nc"\nd,e').replace("\n", end).encode())
    rows = read_rows(path)
    assert [row.line for row in rows] == [2, 4]
    assert rows[0].values == {"mr": "a", "ref": f"b{end}c"}


@pytest.mark.parametrize(
    ("name", "text", "line", "message"),
    [
        ("a.csv", "mr,ref\n", 1, "the file holds no rows"),
        ("a.jsonl", "\n \n", 1, "the file holds no rows"),
        ("a.csv", "mr,ref,mr\na,b,c\n", 1, 'two columns are called "mr"'),
        ("a.csv", 'mr,ref\na,b\nc,"d\ne,f\ng,h\n', 3, "a quote that opens in this row is never"),
        ("a.csv", f"mr,ref\na,b\nc,{'d' * 1_000_001}\n", 3, "a text of more than 1000000"),
        ("a.csv", "mr,ref\na,\0b\n", 2, "U+0000 is no character of a text"),
        ("a.csv", "mr,ref\na,b\n".encode("utf-16-le"), 1, "U+0000 is no character of a text"),
        ("a.csv", "mr,ref\na,b\n".encode("utf-16"), 1, "this is UTF-16"),
        ("a.csv", "mr,ref\na,b\nä,c\n".encode("latin-1"), 3, "byte 0xE4 is not UTF-8"),
        ("a.csv", gzip.compress(b"mr,ref\na,b\n", mtime=0), 1, "this is a gzip archive"),
        ("a.csv", "mr,ref\na,b\na,b,c\n", 3, "3 columns, where the header names 2"),
        ("a.csv", "", 1, "the file is empty"),
        ("a.csv", 'mr,ref\n"a"x,b\n', 2, "this is not CSV"),
        ("a.jsonl", '{"source": "a"}\n{oops\n', 2, "this is not JSON"),
        ("a.jsonl", "[1]\n", 1, "expected a JSON object"),
        ("a.jsonl", b'{"a": "b"}\n\xff\n', 2, "byte 0xFF is not UTF-8"),
    ],
)
def test_a_bad_line_is_named(tmp_path, name, text, line, message):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        read_rows(path)
    found = caught.value.diagnostics[0]
    assert (found.span.file, found.span.line) == (str(path), line)
    assert message in found.message


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('{"source": "a", "targt": "b"}', 'the row has no "target"'),
        ('{"source": "a", "target": 3}', "target: expected text, got 3"),
        ('{"source": " ", "target": "b"}', "source is empty"),
        ("{}", 'the row has no "source"'),
        ('{"source": "a", "target": "\\ud83d"}', "target holds \\ud83d, which is half of a char"),
        (f'{{"source": "a", "target": "{"b" * 1_000_001}"}}', "target: a text of more than 1000"),
    ],
)
def test_a_bad_row_is_named(tmp_path, row, message):
    path = write_study(tmp_path)
    with (tmp_path / "pairs.jsonl").open("a") as file:
        file.write(row + "\n")
    with pytest.raises(InputError) as caught:
        load_parts(load(path))
    found = caught.value.diagnostics[0]
    assert found.span.line == 21
    assert found.message.startswith(message)
    str(caught.value).encode()
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "No such file or directory"),
        (Path.mkdir, "it is not a file"),
        (os.mkfifo, "it is not a file"),
        (lambda path: path.symlink_to("/dev/zero"), "it is not a file"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
    ],
)
def test_what_is_no_file_is_named_where_the_study_names_it(tmp_path, make, reason):
    path = write_study(tmp_path)
    (tmp_path / "pairs.jsonl").unlink()
    make(tmp_path / "pairs.jsonl")
    with pytest.raises(InputError) as caught:
        load_parts(load(path))
    found = caught.value.diagnostics[0]
    assert found.message == f"cannot read {tmp_path / 'pairs.jsonl'}: {reason}"
    assert (found.span.file, found.span.line, found.span.column) == (str(path), 4, 14)


@pytest.mark.parametrize("name", ["a\\0b", "x" * 300, "a/" * 3000, "\\x01"])
@pytest.mark.parametrize("old", ["pairs.jsonl", "base}", "qsl.yaml"])
def test_a_name_that_is_no_path(tmp_path, old, name):
    text = STUDY.replace(old, f'"{name}"' + "}" * old.endswith("}"))
    path = write_study(tmp_path, text)
    with pytest.raises(InputError) as caught:
        source = load(path)
        load_parts(source)
        prepare_base(source, tmp_path, 1, lambda *_: lambda _: None)
    assert caught.value.diagnostics[0].span.file == str(path)


def fail_to_prepare(folder, base):
    path = write_study(folder, STUDY.replace("{folder: base}", base))
    with pytest.raises(InputError) as caught:
        prepare_base(load(path), folder, 1, lambda *_: lambda _: None)
    return caught.value.diagnostics[0]


@pytest.mark.parametrize("package", ["__main__", "no_such_package", "json"])
def test_a_package_that_holds_no_model(tmp_path, package):
    assert fail_to_prepare(tmp_path, f"{{package: {package}}}").span.line == 3


@pytest.mark.parametrize("text", [b"", b" \n", b"\xff", gzip.compress(b"text", mtime=0)])
def test_a_text_to_train_on_that_is_none(tmp_path, text):
    (tmp_path / "a.txt").write_bytes(text)
    assert fail_to_prepare(tmp_path, "{scratch: {text: a.txt}}").span


def test_a_source_in_two_files_is_a_leak(tmp_path):
    files = "data: {train: pairs.jsonl, validation: pairs.jsonl, test: pairs.jsonl}"
    path = write_study(tmp_path, STUDY.replace("data: {file: pairs.jsonl}", files))
    with pytest.raises(InputError, match="among the training data too"):
        load_parts(load(path))


def test_the_split_keeps_sources_together(tmp_path):
    parts = load_parts(load(write_study(tmp_path)))
    sources = [
        {pair.source for pair in part} for part in (parts.train, parts.validation, parts.test)
    ]
    assert [len(names) for names in sources] == [7, 1, 2]
    assert len(set.union(*sources)) == 10


@given(st.sets(st.text(), min_size=4), st.randoms(), st.integers(0, 9))
def test_a_split_depends_on_the_sources_alone(sources, random, seed):
    shuffled = list(sources) * 2
    random.shuffle(shuffled)
    split = Split(validation=0.25, test=0.25, seed=seed)
    parts = split_sources(shuffled, split)
    assert parts == split_sources(sorted(sources), split)
    assert sum(map(len, parts)) == len(sources)
    assert frozenset().union(*parts) == sources


def test_references_are_grouped_and_samples_spread():
    pairs = [Pair(f"s{i // 2}", f"t{i}", "f", i) for i in range(6)]
    assert group_references(pairs) == {"s0": ["t0", "t1"], "s1": ["t2", "t3"], "s2": ["t4", "t5"]}
    assert [pair.line for pair in sample(pairs, 3)] == [0, 2, 4]
    assert sample(pairs, 99) == tuple(pairs) == sample(pairs, None)
