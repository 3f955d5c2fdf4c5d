"""``qslc analyze``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import SPEC, Run

slow = pytest.mark.slow

FEW = ("--samples", 20, "--max-qubits", 4)

SMALL = "qslc: 1\nname: fixed\nqubits: 2\nencoder: {kind: none}\n"
BLOCK = """\
qslc: 1
name: pair
qubits: 3
encoder: {kind: angle}
ansatz:
  block:
    - ry: {on: all, angle: theta}
    - cz: {on: [[0, 1]]}
measure: [Z0]
"""


@pytest.fixture
def analyze(run: Run, tmp_path: Path) -> Callable[..., Any]:
    """Analyze the text of a spec, and return what is printed and written as JSON."""

    def analyze(text: str, *options: object) -> Any:
        path = tmp_path / "spec.yaml"
        path.write_text(text)
        result = run("analyze", path, "-o", tmp_path / "out", "--json", *FEW, *options)
        assert (result.status, result.err) == (0, "")
        written = json.loads((tmp_path / "out" / "analysis.json").read_text())
        assert json.loads(result.out) == written
        return written

    return analyze


def check_page(page: str) -> None:
    """It loads nothing, names its sources, and refers to what it holds."""
    assert not re.search(r"<(script|link|img|iframe)|url\((?!#)|@import", page)
    assert page.count('class="plot"') == 7
    for number in ("1905.10876", "1803.11173", "2011.00027", "2106.09685", "1903.05076"):
        assert f"https://arxiv.org/abs/{number}" in page
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', page))
    assert used <= set(re.findall(r'\bid="([^"]+)"', page))


def test_the_table_and_the_files(run: Run, spec: Path, tmp_path: Path) -> None:
    result = run("analyze", spec, "-o", tmp_path / "out", *FEW)
    assert result.status == 0
    assert "small: 4 qubits, 2 layers, amplitude encoder" in result.out
    assert re.search(r"expressibility +[\d.]+", result.out)
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["analysis.html", "analysis.json"]
    check_page((tmp_path / "out" / "analysis.html").read_text())


@slow
def test_the_same_seed_gives_the_same_bytes(run: Run, spec: Path, tmp_path: Path) -> None:
    def written(folder: str, *options: object) -> dict[str, bytes]:
        assert run("analyze", spec, "-o", tmp_path / folder, *FEW, *options).status == 0
        return {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}

    assert written("one") == written("two")
    assert written("three", "--seed", 1)["analysis.json"] != written("one")["analysis.json"]


@slow
def test_an_analysis_beside_a_compile(run: Run, spec: Path, tmp_path: Path) -> None:
    for command in ("compile", "analyze", "analyze", "compile"):
        few = FEW if command == "analyze" else ()
        assert run(command, spec, "-o", tmp_path / "out", *few).status == 0


def test_a_file_of_the_users_is_kept(run: Run, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "analysis.html").write_text("mine")
    result = run("analyze", spec, "-o", tmp_path, *FEW)
    assert result.status == 1
    assert "was not written by qslc" in result.err
    assert (tmp_path / "analysis.html").read_text() == "mine"


def test_bad_input_has_the_compilers_diagnostics(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(SPEC.replace("qubits: 4", "qubits: 3"))
    result, compiled = run("analyze", path), run("compile", path)
    assert (result.status, result.err) == (1, compiled.err)


@pytest.mark.parametrize(
    "option", [("--samples", 1), ("--max-qubits", 30), ("--seed", -1), ("--rank", 0)]
)
def test_options_out_of_range(run: Run, spec: Path, option: tuple[object, ...]) -> None:
    assert run("analyze", spec, *option).status == 2


@slow
def test_a_block_has_no_curve_over_qubits(analyze: Callable[..., Any]) -> None:
    found = analyze(BLOCK)
    assert {curve["over"] for curve in found["curves"]} == {"layers"}
    assert any("not defined on other numbers of qubits" in each for each in found["skipped"])
    assert found["proven_dead"] == ["theta_1", "theta_2"]


@slow
def test_a_large_circuit_says_what_is_left_out(analyze: Callable[..., Any], tmp_path: Path) -> None:
    large = SPEC.replace("qubits: 4", "qubits: 40").replace("{grid: [2, 3]}", "all_to_all")
    found = analyze(large.replace("{kind: amplitude, features: 16}", "{kind: angle}"))
    assert found["expressibility"] is None
    assert found["initialisation"] is None
    assert found["curves"]
    assert any("states of 40 qubits are not sampled" in each for each in found["skipped"])
    assert "Left out" in (tmp_path / "out" / "analysis.html").read_text()


@pytest.mark.parametrize(
    ("ansatz", "dead"),
    [
        ("{block: [{h: {on: all}}, {cz: {on: ring}}]}", ""),
        pytest.param(
            "{depth: 2, rotations: [rz], entangler: {gate: cz, pattern: ring}}",
            "dead weights: theta_0, theta_1, theta_2, theta_3 can change no output",
            marks=slow,
        ),
    ],
)
def test_a_circuit_without_weights_or_inputs_or_of_which_nothing_is_seen(
    run: Run, tmp_path: Path, ansatz: str, dead: str
) -> None:
    path = tmp_path / "fixed.yaml"
    path.write_text(f"{SMALL}ansatz: {ansatz}\n")
    result = run("analyze", path, "-o", tmp_path / "out", *FEW)
    assert (result.status, result.err) == (0, "")
    assert dead in result.out


@slow
def test_ranks_and_width(analyze: Callable[..., Any]) -> None:
    found = analyze(SPEC, "--rank", 2, "--rank", 3, "--width", 10)
    lora = [row["parameters"] for row in found["operations"]["rows"] if "LoRA" in row["method"]]
    assert lora == [40, 60]


@slow
def test_ones_own_features(analyze: Callable[..., Any], tmp_path: Path) -> None:
    np.save(tmp_path / "features.npy", np.random.default_rng(0).normal(size=(30, 16)))
    found = analyze(SPEC, "--inputs", tmp_path / "features.npy")
    assert found["settings"]["inputs"] == 30
    assert found["initialisation"]["scored_on"] == ["given"]
    assert "given features" in (tmp_path / "out" / "analysis.html").read_text()


def test_features_that_do_not_fit(run: Run, spec: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "features.npy", np.ones((30, 5)))
    result = run("analyze", spec, "-o", tmp_path / "out", "--inputs", tmp_path / "features.npy")
    assert result.status == 1
    assert "expected the shape (N, 16), got (30, 5)" in result.err
    assert not (tmp_path / "out").exists()
