"""Whatever is wrong with a file is an error for people: damaged files, value by value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from qslc.diagnostics import InputError
from qslc.importers import import_device
from tests.importers.samples import CSV, make_backend
from tests.importers.test_cirq import make_calibration

DAMAGES = (None, 0, -1, 3, 0.5, True, "", "x", [], [1, 2], {}, {"a": 1}, float("nan"), float("inf"))


def list_places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to every value."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for step, value in items:
        yield (*path, step)
        if isinstance(value, dict | list):
            yield from list_places(value, (*path, step))


def damage(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = deepcopy(data)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return changed


def read(text: str, file: Path) -> None:
    """Import a file: a device file, or an error that says something."""
    file.write_text(text, encoding="utf-8")
    try:
        assert json.loads(import_device(file))["edges"]
    except InputError as error:
        assert "error: " in str(error)
        for diagnostic in error.diagnostics:
            if text.lstrip().startswith(("{", "[")) and diagnostic.span is not None:
                line = text.split("\n")[diagnostic.span.line - 1]
                assert diagnostic.span.text == line.removesuffix("\r")


@pytest.mark.parametrize("make", [make_backend, make_calibration])
def test_every_value_of_a_json_file(tmp_path: Path, make: Any) -> None:
    data = make()
    for k, path in enumerate(list_places(data)):
        for value in DAMAGES[k % 5 :: 5]:
            read(json.dumps(damage(data, path, value)), tmp_path / "file.json")


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "2", "nan", "1e999", ":", "0_1", "0_1:;", "é", '"']
)
def test_every_cell_of_a_csv_file(tmp_path: Path, text: str) -> None:
    lines = CSV.splitlines()
    for number, line in enumerate(lines):
        cells = line.split(",")
        for k in range(len(cells)):
            damaged = ",".join([*cells[:k], f'"{text}"', *cells[k + 1 :]])
            read("\n".join([*lines[:number], damaged, *lines[number + 1 :]]), tmp_path / "file.csv")


@pytest.mark.parametrize(
    "text", ["\0", "{", "[", "[[[", "{}", "[]", '{"metrics": {}}', "null", "1"]
)
def test_small_files(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        (tmp_path / "file.json").write_text(text)
        import_device(tmp_path / "file.json")


def test_a_file_that_is_cut_short(tmp_path: Path) -> None:
    text = json.dumps(make_backend(), indent=1)
    for end in range(1, len(text), 97):
        read(text[:end], tmp_path / "file.json")


def test_nesting_without_end(tmp_path: Path) -> None:
    (tmp_path / "file.json").write_text("[" * 100_000)
    with pytest.raises(InputError, match="this is not JSON"):
        import_device(tmp_path / "file.json")


@pytest.mark.parametrize("indent", [None, 2])
def test_a_wrong_value_is_shown(tmp_path: Path, indent: int | None) -> None:
    path = ("properties", "gates", 3, "parameters", 0, "value")
    text = json.dumps(damage(make_backend(), path, "often"), indent=indent)
    (tmp_path / "chip.json").write_text(text)
    with pytest.raises(InputError) as caught:
        import_device(tmp_path / "chip.json")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == (
        'properties.gates[3].parameters[0].value: expected a number, got the text "often"'
    )
    span = diagnostic.span
    assert span.text[span.column - 1 :][: span.length] == '"often"'
    before = text[: text.index('"often"')]
    assert (span.line, span.column) == (
        before.count("\n") + 1,
        len(before) - before.rfind("\n"),
    )


def test_a_missing_key_is_shown_where_it_should_be(tmp_path: Path) -> None:
    data = make_backend()
    del data["properties"]["gates"][3]["qubits"]
    text = json.dumps(data, indent=1).replace("\n", "\r\n")
    (tmp_path / "chip.json").write_bytes(text.encode())
    with pytest.raises(
        InputError, match=r"chip\.json:\d+:\d+: error: .*gates\[3\]: the key"
    ) as caught:
        import_device(tmp_path / "chip.json")
    assert caught.value.diagnostics[0].span.text.strip() == "{"


HEAD = "Qubit,T1 (us),CZ error\n"
CZ = "two_qubit_parallel_cz_gate_xeb_pauli_error_per_cycle"


def write_metrics(*targets: list[str]) -> str:
    return json.dumps(
        {"metrics": [{"name": CZ, "targets": t, "values": [{"doubleVal": 0.1}]} for t in targets]}
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "0,9,0_1:0.1\n1,9,\n0,8,\n", ":4:1: error: qubit 0 has a line before"),
        ("Qubit,T1 (us),T1 (us)\n0,9,9\n", ":1:1: error: two columns are named 't1 .us.'"),
        (write_metrics(["0_0", "0_1"], ["3_5"]), r"metrics\[1\].targets: .* has 1 target"),
        ('{"gates": ["cz"], "edges": [[0, 1]]}', "this is a device file already"),
    ],
)
def test_what_contradicts_itself(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "file").write_text(text)
    with pytest.raises(InputError, match=message):
        import_device(tmp_path / "file")


@settings(max_examples=60, deadline=None)
@given(data=strategies.data(), make=strategies.sampled_from([make_backend, make_calibration]))
def test_files_with_any_change(
    data: Any, make: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Cuts, repetitions and strange characters in the text of a file."""
    text = json.dumps(make(), indent=data.draw(strategies.sampled_from([None, 1])))
    _change_and_read(data, text, tmp_path_factory.getbasetemp() / "changed.json")


@settings(max_examples=60, deadline=None)
@given(data=strategies.data())
def test_csv_with_any_change(data: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    _change_and_read(data, CSV, tmp_path_factory.getbasetemp() / "changed.csv")


def _change_and_read(data: Any, text: str, file: Path) -> None:
    places = strategies.integers(0, len(text))
    for _ in range(data.draw(strategies.integers(1, 3))):
        first, last = sorted((data.draw(places), data.draw(places)))
        odd = strategies.text('{}[]",:;0129.eE-+xnulNaIfity\n\r\t\0é\u2028 _', max_size=6)
        middle = data.draw(odd | strategies.just(text[first:last] * 2))
        text = text[:first] + middle + text[last if data.draw(strategies.booleans()) else first :]
    read(text, file)
