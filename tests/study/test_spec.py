"""Errors that a study's author is told."""

from __future__ import annotations

import pytest

from qslc.diagnostics import InputError
from qslc_study.spec import load
from tests.study.fakes import STUDY, write_study


def find_faults(tmp_path, old, new):
    """The diagnostics of the study with one text replaced."""
    assert old in STUDY
    with pytest.raises(InputError) as caught:
        load(write_study(tmp_path, STUDY.replace(old, new, 1)))
    return caught.value.diagnostics


def test_a_right_study_is_read(tmp_path):
    source = load(write_study(tmp_path))
    assert source.study.seeds == (1, 2, 3, 4)
    assert source.study.methods["lora_r4"].targets == ("query", "value")
    assert source.sublayers["qsl"].spec.name == "tiny"
    assert source.resolve("pairs.jsonl") == tmp_path / "pairs.jsonl"
    assert load(source.path, tmp_path / "far").resolve("x") == tmp_path / "far" / "x"


CHOOSE = "choose: [[lora_r1, {}]]\nmethods:\n"
RATES = "learning_rates: [0.001, 0.003, 0.01]"
METHODS = "full, lora, lora_xs, keras_lora, prefix, qsl, quadratic, vera, quantum_peft or quic"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("steps: 40", "step: 40", 5, 'unknown key "step"'),
        ("batch: 4", "batch: many", 5, 'expected a whole number, got the text "many"'),
        ("{folder: base}", "{path: base}", 3, "expected {folder: ...}"),
        ("rank: 4", "rank: 0", 13, "expected at least 1, got 0"),
        ("seeds: [1, 2, 3, 4]", "seeds: [1, 2, 1]", 6, "the seed 1 occurs twice"),
        ("seeds: [1, 2, 3, 4]", "seeds: [1, 1000]", None, "the seed 1000 is among the seeds"),
        ("rates: {angles: 10}", "rates: {angle: 10}", 15, '"angle" is no group of weights of qsl'),
        ("training: {", "training: {warmup: 40, ", 5, "the warm-up must end"),
        ("training: {", "training: {devices: {}, ", 5, "under tensorflow a run has one device"),
        (
            "steps: 40",
            "steps: 40, backend: jax, devices: {data: 0}",
            5,
            "expected at least 1, got 0",
        ),
        ("training: {", "training: {backend: torch, ", 5, "expected jax or tensorflow"),
        ("training:", 'prompt: "=>"\ntraining:', 5, "the prompt must hold {source} once"),
        ("  prefix:", "  Prefix:", 14, '"Prefix" cannot be the name of a method'),
        ("ansatz: qsl.yaml", "ansatz: none.yaml", 15, "none.yaml does not exist"),
        (f"{{method: full, {RATES}}}", "full", 11, "expected a mapping such as {method: full}"),
        ("method: full, ", "", 11, f'missing key "method"; method: {METHODS}'),
        ("method: full", "method: [full]", 11, f"expected {METHODS}, got a list"),
        (f"4, {RATES}", "4, learning_rates: [0.001]", 13, "1 rates, where full tries 3; the same"),
        ("methods:\n", CHOOSE.format("lora_r4"), 13, "6 rates together with lora_r4"),
        ("methods:\n", CHOOSE.format("lora_r5"), 10, 'no method is called "lora_r5"'),
        ("methods:\n", CHOOSE.format("lora_r1"), 10, "lora_r1 is among the choices already"),
        ("rates: {angles", "chip: {shots: [9, 9]}, rates: {angles", 15, "shots 9 occurs twice"),
        ("rates: {angles", "chip: {shots: []}, rates: {angles", 15, "expected at least one entry"),
        ("rates: {angles", "chip: {shots: few}, rates: {angles", 15, "expected a number of shots"),
        ("rates: {angles", "chip: {calibrate: [-1]}, rates: {angles", 15, "expected at least 0"),
        ("methods:\n", "choose: [[full]]\nmethods:\n", 10, "expected at least 2 arms, got 1"),
    ],
)
def test_a_wrong_study(tmp_path, old, new, line, message):
    found = find_faults(tmp_path, old, new)
    hit = next(each for each in found if message in f"{each.message}; {each.help}")
    assert line in (None, hit.span.line)


@pytest.mark.parametrize(
    ("old", "new", "word", "meant"),
    [
        ("method: lora,", "method: lorra,", "lorra", "lora"),
        ("method: prefix,", "method: PREFIX,", "PREFIX", "prefix"),
        ("method: prefix,", "mthod: prefix,", "mthod", "method"),
        ("steps: 40", "steps: 40, schedule: lineer", "lineer", "linear"),
        ("generate: {", "generate: {decoding: gredy, ", "gredy", "greedy"),
        ("method: full,", "method: full, blocks: al,", "al", "all"),
        ("method: full,", "method: full, targets: [qurey],", "qurey", "query"),
        ("{folder: base}", "{foldr: base}", "foldr", "folder"),
        ("{folder: base}", "{scrach: {text: a.txt}}", "scrach", "scratch"),
        ("{file: pairs.jsonl}", "{fil: pairs.jsonl}", "fil", "file"),
        ("{file: pairs.jsonl}", "{trian: a, validation: b, test: c}", "trian", "train"),
        ("evaluate:\n", "evaluate:\n  encoder: {model: {pakage: a}}\n", "pakage", "package"),
        ("rates: {angles: 10}", "rates: {angels: 10}", "angels", "angles"),
        ("methods:\n", "choose:\n  - [lora_r1, lora_4]\nmethods:\n", "lora_4", "lora_r4"),
    ],
)
def test_a_misspelled_word_is_marked_and_the_right_one_named(tmp_path, old, new, word, meant):
    (found,) = find_faults(tmp_path, old, new)
    span = found.span
    assert span.text[span.column - 1 :][: span.length] == word
    assert found.help == f'did you mean "{meant}"?'


def test_faults_of_a_sublayer_name_its_file(tmp_path):
    path = write_study(tmp_path)
    (tmp_path / "qsl.yaml").write_text("qslc: 1\nname: tiny\nqubits: none\n")
    with pytest.raises(InputError, match=r"qsl\.yaml:3:9: error: expected a whole number"):
        load(path)


def test_sublayers_are_tested_on_a_chip_under_tensorflow_only(tmp_path):
    asked = STUDY.replace("training: {", "training: {backend: jax, ")
    asked = asked.replace("rates: {angles", "chip: {shots: 9}, rates: {angles")
    with pytest.raises(InputError, match="on a chip under tensorflow only") as caught:
        load(write_study(tmp_path, asked))
    assert caught.value.diagnostics[0].span.line == 15
