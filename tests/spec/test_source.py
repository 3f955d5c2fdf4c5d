"""Files, hostile texts, and messages that a terminal can show."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from rich.cells import cell_len

from qslc.diagnostics import Diagnostic, InputError, Span, escape_json, render
from qslc.spec import canonical_json, digest, load, parse
from qslc.spec.ansatz import LayeredAnsatz
from qslc.spec.devices import EdgesDevice
from qslc.targets.devices import NamedDevice

SPEC = """\
qslc: 1
name: demo
qubits: 3
encoder: {kind: angle}
ansatz: {depth: 1, entangler: {gate: cz, pattern: linear}}
"""
BLOCK = SPEC.replace("{depth: 1, entangler: {gate: cz, pattern: linear}}", "{block: [%s]}")


def refuse(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse(text)
    return str(caught.value)


def test_load_keeps_path_and_text(tmp_path: Path) -> None:
    path = tmp_path / "demo.yaml"
    path.write_text(SPEC, encoding="utf-8-sig")
    source = load(path)
    assert (source.path, source.text, source.spec) == (path, SPEC, parse(SPEC))


def test_errors_of_a_compile_are_located(tmp_path: Path) -> None:
    path = tmp_path / "demo.yaml"
    path.write_text(SPEC + "device: {grid: [2, 2]}\n")
    with pytest.raises(InputError) as caught, load(path).locate_errors():
        raise InputError(Diagnostic("no room", where="device", help="add some"))
    assert str(caught.value).startswith(f"{path}:6:9: error: no room\n")
    with pytest.raises(InputError, match=r"^error: full$"), load(path).locate_errors():
        raise InputError(Diagnostic("full"))


def test_a_device_file_is_the_same_as_its_edges(tmp_path: Path) -> None:
    chip = "edges: [[0, 1], [1, 5]]\nname: my_chip\n"
    (tmp_path / "chip.yaml").write_text(chip)
    (tmp_path / "demo.yaml").write_text(SPEC + "device: {file: chip.yaml}\n")
    spec = load(tmp_path / "demo.yaml").spec
    assert spec.device == EdgesDevice(edges=((0, 1), (1, 5)), name="my_chip")
    inline = parse(SPEC + "device: {edges: [[0, 1], [1, 5]], name: my_chip}\n")
    assert digest(spec) == digest(inline)


def test_a_device_file_cannot_name_another(tmp_path: Path) -> None:
    (tmp_path / "chip.yaml").write_text("file: chip.yaml\n")
    (tmp_path / "demo.yaml").write_text(SPEC + "device: {file: chip.yaml}\n")
    with pytest.raises(InputError, match="holds no edges"):
        load(tmp_path / "demo.yaml")


def test_a_device_file_beside_other_keys_is_not_read() -> None:
    found = refuse(SPEC + "device: {file: chip.yaml, name: my_chip}\n")
    assert found.count("error:") == 1
    assert 'unknown key "name"' in found


@pytest.mark.parametrize("name", ["none.yaml", ".", "a\0b", "x" * 5000])
def test_a_path_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        load(tmp_path / name)
    assert "device" in refuse(SPEC + f"device: {{file: {'x' * 5000}}}\n")


def test_a_folder_is_no_spec(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        load(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is not a file"):
        load(tmp_path / "pipe")


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_bytes(b"#" * 3_000_000)
    with pytest.raises(InputError, match="larger than"):
        load(tmp_path / "large.yaml")
    assert "too long" in refuse("#" * 600_000)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_000,
        "{" * 10_000,
        "- " * 10_000,
        "? " * 10_000,
        "a: &a {b: *a}",
        "&a - *a",
        "a: !!binary x",
        "!!map {a: 1}",
        "!<tag:yaml.org,2002:python/name:os.system> a",
        "%YAML 9.9\n---\na: 1",
        "a: \ud800",
        "\ufeff\ufeff",
        "a: 0x" + "f" * 100,
        "a: 1e" + "9" * 100,
        "&" + "a" * 10_000,
        "'",
        "a: |\n\tb",
        "...\n---\n...",
        "a: *" + "b" * 1000,
        "\n".join(f"- &a{i} [*a{i - 1}]" if i else "- &a0 [x]" for i in range(500)),
    ],
)
def test_hostile_texts_are_diagnostics(text: str) -> None:
    assert "error: " in refuse(text)


def test_many_errors_are_cut() -> None:
    pairs = ", ".join(["[9, 9]"] * 200)
    with pytest.raises(InputError) as caught:
        parse(SPEC.replace("linear", f"[{pairs}]"))
    assert len(caught.value.diagnostics) == 51
    assert str(caught.value).endswith("and 550 more errors")


def test_a_circuit_that_is_too_large_is_refused_before_its_device_is_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(NamedDevice, "build", None)
    large = SPEC.replace("qubits: 3", "qubits: 1024").replace("linear", "all_to_all")
    assert refuse(large + "device: all_to_all\n").count("error: ") == 1


def test_words_of_yaml_1_1_are_text() -> None:
    spec = parse(SPEC.replace("demo", "on"))
    assert spec.name == "on"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SPEC + "measure: [z]\n", SPEC),
        (SPEC + "noise: {amplitude_damping: -0.0}\n", SPEC + "noise: {amplitude_damping: 0}\n"),
        (SPEC + "optimize: {level: 1}\n", SPEC + "optimize: {level: 1, objective: depth}\n"),
        (
            BLOCK % "{ry: {on: all, angle: 2*phi+pi/4}}" + "measure: [Z1*X0]\n",
            BLOCK % '{ry: {angle: " 2 * phi + (pi / 4)", on: all}}'
            + 'measure: ["X0 * Z1"]\nnoise: none\noptimize: {}\n',
        ),
    ],
)
def test_defaults_and_spellings_have_one_digest(one: str, other: str) -> None:
    assert canonical_json(parse(one)) == canonical_json(parse(other))
    assert digest(parse(one)) == digest(parse(other))
    assert "objective" not in canonical_json(parse(one))


@pytest.mark.parametrize("other", ["measure: zz\n", "optimize: {objective: gates}\n"])
def test_another_spec_has_another_digest(other: str) -> None:
    assert digest(parse(SPEC + other)) != digest(parse(SPEC))


def test_specs_are_frozen_and_hashable() -> None:
    spec = parse(SPEC)
    assert isinstance(spec.ansatz, LayeredAnsatz)
    assert hash(spec) == hash(parse(SPEC))
    with pytest.raises(ValueError, match="frozen"):
        spec.qubits = 4  # type: ignore[misc]


def test_excerpts_are_short_and_hold_no_control_characters() -> None:
    line = "x" * 500 + "\x1b[2J\t" + "y" * 500
    text = render(Diagnostic("wrong", Span("a\x1b.yaml", 1, 501, 1, line)))
    assert "\x1b" not in text
    _, excerpt, caret = text.split("\n")
    assert len(excerpt) < 120
    assert excerpt[caret.index("^") : caret.index("^") + 4] == "\\x1b"
    assert caret.count("^") == 4


HOSTILE = (
    "\x00\x07\x1b[2J\r\n\x7f\x85\x9b31m\xa0\xad\u061c\u200b\u200f\u2028\u2029\u202e\u2066\ufeff"
)
HOSTILE += "\u034f\u115f\u2800\u3164\ue000\U000e0041\udc80\ud83d"


def test_everything_in_a_message_is_printable_and_nothing_forges_a_line() -> None:
    span = Span(f"{HOSTILE}.yaml", 1, 2, 1, f"a{HOSTILE}")
    for diagnostic in (
        Diagnostic(f"a {HOSTILE}", span, help=f"b {HOSTILE}"),
        Diagnostic(f"a {HOSTILE}", None, f"b {HOSTILE}"),
    ):
        lines = render(diagnostic).split("\n")
        assert len(lines) == (4 if diagnostic.span else 1)
        assert "".join(lines).isprintable()
        assert not {*"".join(lines)} & {*HOSTILE} - {*"[2J31m"}
        "".join(lines).encode()


@pytest.mark.parametrize("before", ["\u202e", "\xa0", "量子", "e\u0301", "\t", "\U000e0041\udc80"])
def test_the_caret_stands_under_what_is_shown(before: str) -> None:
    """Columns are those of a terminal: an escape takes as many as it has, a Han character two."""
    text = render(Diagnostic("wrong", Span("a", 1, len(before) + 1, 4, f"{before}qubits")))
    _, excerpt, caret = text.split("\n")
    start = cell_len(excerpt[: excerpt.index("qubits")])
    assert caret[start:] == "^^^^"
    assert not caret[:start].strip(" |")


@pytest.mark.parametrize("value", [HOSTILE, "é量😀", '"\\'])
def test_printed_json_is_printable_and_means_the_same(value: str) -> None:
    text = escape_json(json.dumps({value: [value]}, ensure_ascii=False, indent=1))
    assert json.loads(text) == {value: [value]}
    assert text.replace("\n", "").isprintable()
