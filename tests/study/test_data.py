"""Rows, splits and references."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qslc_study.data import Pair, load_parts
from qslc_study.data.parts import references, sample
from qslc_study.data.rows import read_rows
from qslc_study.data.split import split_sources
from qslc_study.spec import load
from qslc_study.spec.data import Split

from qslc.diagnostics import InputError
from tests.study.fakes import STUDY, write_study


def fault(tmp_path, name, text):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        read_rows(path)
    return caught.value.diagnostics[0]


def test_csv_rows_know_the_line_they_begin_on(tmp_path):
    path = tmp_path / "e2e.csv"
    path.write_text('mr,ref\n"name[A], food[B]","A serves\nfood."\n\nname[C],C is near.\n')
    rows = read_rows(path)
    assert [row.line for row in rows] == [2, 5]
    assert rows[0].values == {"mr": "name[A], food[B]", "ref": "A serves\nfood."}


@pytest.mark.parametrize(
    ("name", "text", "line", "message"),
    [
        ("a.csv", "mr,ref\na,b\na,b,c\n", 3, "3 columns, where the header names 2"),
        ("a.csv", "", 1, "the file is empty"),
        ("a.csv", 'mr,ref\n"a"x,b\n', 2, "this is not CSV"),
        ("a.jsonl", '{"source": "a"}\n{oops\n', 2, "this is not JSON"),
        ("a.jsonl", "[1]\n", 1, "expected a JSON object"),
        ("a.jsonl", b'{"a": "b"}\n\xff\n', 2, "byte 0xFF is not UTF-8"),
    ],
)
def test_a_bad_line_is_named(tmp_path, name, text, line, message):
    found = fault(tmp_path, name, text)
    assert found.span.line == line
    assert found.span.file.endswith(name)
    assert message in found.message


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('{"source": "a", "targt": "b"}', 'the row has no "target"'),
        ('{"source": "a", "target": 3}', "target: expected text, got 3"),
        ('{"source": " ", "target": "b"}', "source is empty"),
    ],
)
def test_a_bad_row_is_named(tmp_path, row, message):
    path = write_study(tmp_path)
    with (tmp_path / "pairs.jsonl").open("a") as file:
        file.write(row + "\n")
    with pytest.raises(InputError) as caught:
        load_parts(load(path))
    found = caught.value.diagnostics[0]
    assert (found.span.line, found.message) == (21, message)


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
    assert not sources[0] & sources[1]
    assert not sources[0] & sources[2]
    assert not sources[1] & sources[2]


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
    assert references(pairs) == {"s0": ["t0", "t1"], "s1": ["t2", "t3"], "s2": ["t4", "t5"]}
    assert [pair.line for pair in sample(pairs, 3)] == [0, 2, 4]
    assert sample(pairs, 99) == tuple(pairs) == sample(pairs, None)
