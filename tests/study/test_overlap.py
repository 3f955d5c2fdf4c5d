"""How much of the test references the base has read, and what a study does about it."""

from __future__ import annotations

import json

import pytest

from qslc.diagnostics import InputError
from qslc_study import overlap
from qslc_study.command import study
from qslc_study.overlap import count_overlap
from qslc_study.pairs import load_parts, select_references
from qslc_study.spec import load
from tests.study.fakes import STUDY, write_study

LONG = "One two three four five six seven eight nine ten."
REFERENCES = [LONG, "In Delft there is a mill.", "Nine ten.", "It's new here.", "Nine ten."]


def test_whole_references_and_grams_are_counted_without_case_and_marks():
    text = "zero ONE, two; three\nfour five six seven eight nine -- but in Delft there IS a mill"
    found = count_overlap(REFERENCES, [text])
    assert found.count() == {
        "words": 17,
        "references": 4,
        "whole": 1,
        "touched": 1,
        "grams": 3,
        "seen_grams": 2,
    }
    assert found.seen == {"In Delft there is a mill."}


def test_nothing_goes_across_two_texts():
    assert count_overlap(["a b"], ["x a", "b y"]).whole == 0
    assert count_overlap(["a b"], ["x a b", ""]).whole == 1


@pytest.mark.parametrize("piece", [1, 7, 30])
def test_a_text_is_looked_at_piece_by_piece(monkeypatch, piece):
    text = f"x {LONG} y it's new here nine tenfold nine ten"
    expected = count_overlap(REFERENCES, [text])
    assert expected.seen == {LONG, "It's new here.", "Nine ten."}
    monkeypatch.setattr(overlap, "PIECE", piece)
    assert count_overlap(REFERENCES, [text]) == expected


def test_texts_in_json_are_read_as_such(tmp_path):
    values = [{"a": ["It costs £5", {"b": "x"}]}, "Ünï “quoted”", 3, None]
    (tmp_path / "known.json").write_text(json.dumps(values))
    (tmp_path / "known.jsonl").write_text("".join(json.dumps(each) + "\n" for each in values))
    for name in ("known.json", "known.jsonl"):
        lines = list(overlap._list_texts((tmp_path / name).read_text(), tmp_path / name))
        assert lines == ["It costs £5", "x", "Ünï “quoted”"]
    with pytest.raises(InputError, match=r"a\.jsonl:2:1: error: this is not JSON"):
        list(overlap._list_texts('"a"\n{', tmp_path / "a.jsonl"))


KNOWN = STUDY.replace("data:", "pretraining: [known.txt]\ndata:").replace(
    "{examples: 2}", "{examples: 9}"
)


def write_known(folder, text):
    (folder / "known.txt").write_text(text)
    return write_study(folder, KNOWN)


def test_unseen_sources_come_first(tmp_path):
    source = load(write_known(tmp_path, ""))
    parts = load_parts(source)
    first, *others = select_references(source, parts).values()
    assert others
    again = list(select_references(source, parts, {first[1]}).values())
    assert again == [*others, first]


def test_a_study_marks_the_pairs_that_were_seen_and_says_so(tmp_path, work):
    source = load(write_known(tmp_path, ""))
    tests = [pair.target for pair in load_parts(source).test]
    (tmp_path / "known.txt").write_text(f"He said: {tests[0]} Indeed.")
    out = tmp_path / "out"
    study(source.path, out)
    (file,) = (out / "data").glob("*.json")
    assert json.loads(file.read_text())["seen"] == [target == tests[0] for target in tests]
    summary = json.loads((out / "study.json").read_text())
    assert summary["overlap"]["whole"] == 1
    page = (out / "study.md").read_text()
    assert f"Of {len(tests)} distinct test references 1 stand word for word in the" in page
    before = len(list((out / "runs").glob("*.json")))
    (tmp_path / "known.txt").write_text("Nothing of it.")
    study(source.path, out)
    assert len(list((out / "runs").glob("*.json"))) == 2 * before  # those of other test data
    assert "No pair of the test data was seen." in (out / "study.md").read_text()


def test_a_study_without_the_text_says_that_it_is_not_known(tmp_path, work):
    study(write_study(tmp_path), tmp_path / "out")
    assert "whether the base has read" in (tmp_path / "out" / "study.md").read_text()
    (file,) = (tmp_path / "out" / "data").glob("*.json")
    assert "seen" not in json.loads(file.read_text())


def test_a_text_that_is_not_there_is_named_where_it_stands(tmp_path, work):
    path = write_study(tmp_path, KNOWN)
    with pytest.raises(InputError, match=r"study\.yaml:4:14: error: cannot read .*known\.txt"):
        study(path, tmp_path / "out")


def test_the_loss_is_that_of_unseen_pairs_beside_that_of_all():
    pytest.importorskip("tensorflow")
    import numpy as np

    from qslc_study.training.examples import Example
    from qslc_study.training.run import measure_test

    found = [Example(np.arange(size, dtype=np.int32), 1, False) for size in (3, 5, 9)]

    def sum_losses(batch):
        return float(len(batch.labels)) * batch.ids.shape[1]

    assert measure_test(sum_losses, found, [False] * 3, 1) == {
        "loss": pytest.approx((2 * 2 + 4 * 4 + 8 * 8) / 14),
        "tokens": 14,
    }
    assert measure_test(sum_losses, found, [False, True, False], 1) == {
        "loss": pytest.approx((2 * 2 + 8 * 8) / 10),
        "tokens": 10,
        "all": pytest.approx((2 * 2 + 4 * 4 + 8 * 8) / 14),
    }
    assert "all" not in measure_test(sum_losses, found, [True] * 3, 1)
