"""Starting a spec, comparing compiles, completion, and how much commands say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

import qslc
from qslc.comparison import compare
from qslc.terminal import Talk
from tests.cli.conftest import SPEC, Run

ROOT = Path(__file__).parents[2]
QSLC = str(Path(sys.executable).with_name("qslc"))
SMALL = qslc.sublayer("small", qubits=2).angle().layers(1, pattern="linear")


def test_init_writes_a_spec_that_is_right(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "My layer-2.yaml"
    assert run("init", path).status == 0
    assert run("check", path).status == 0
    data = YAML(typ="safe").load(path)
    schema = json.loads((tmp_path / "qslc.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(data)
    assert {*data} == {*schema["properties"]} - {"execution"} - {"circuit"}
    assert data["name"] == "my_layer_2"
    assert path.read_text("utf-8").startswith("# yaml-language-server: $schema=qslc.schema.json\n")


def test_what_stands_behind_comments_is_right_too(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    run("init", path)
    text = path.read_text("utf-8")
    for key in ("preparation", "final_rotations", "execution"):
        assert f"# {key}:" in text
        text = text.replace(f"# {key}:", f"{key}:")
    path.write_text(text)
    assert run("check", path).status == 0


def test_init_keeps_what_is_there(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("mine")
    assert "exists" in run("init", path).err
    assert path.read_text() == "mine" and [*tmp_path.iterdir()] == [path]
    assert "does not end in .yaml" in run("init", tmp_path / "a.txt").err
    assert run("-q", "init", tmp_path / "1.yml").out == ""
    assert "name: layer_1\n" in (tmp_path / "1.yml").read_text()


def test_diff_shows_what_differs(run: Run, tmp_path: Path) -> None:
    before, after = qslc.compile(SMALL), qslc.compile(SMALL.measure("X0").on("line"))
    before.save(tmp_path / "a")
    after.save(tmp_path / "b")
    result = run("diff", tmp_path / "a", tmp_path / "b", "--json")
    found = json.loads(result.out)
    assert not found["same"] and found["readouts"] and found["names"][1] == "small on line"
    changes = {each["name"]: (each["before"], each["after"]) for each in found["spec"]}
    assert changes == {"measure": ("z", ["X0"]), "device": ("all_to_all", "line")}
    costs = {each["name"]: (each["before"], each["after"]) for each in found["costs"]}
    assert costs["outputs"] == (2, 1)
    for name in ("two_qubit_gates", "depth", "qubits"):
        counts = [getattr(each.report.cost, name) for each in (before, after)]
        assert costs[name] == tuple(counts)
    text = run("diff", tmp_path / "a", tmp_path / "b").out
    assert "device" in text and "all_to_all" in text and "readouts: others" in text
    assert "the same files" in run("diff", tmp_path / "a", tmp_path / "a").out


def test_diff_compares_figures_of_errors() -> None:
    found = compare(qslc.compile(SMALL), qslc.compile(SMALL.on("weber").noise("device")))
    costs = {each.name: each for each in found.costs}
    assert costs["estimated_fidelity"].before is None
    assert costs["estimated_fidelity"].after < 1
    assert costs["predicted_error"].before is None
    assert costs["predicted_error"].after > 0


@pytest.mark.parametrize("wrong", ["missing", "empty", "spec.yaml"])
def test_diff_of_what_is_no_compile(run: Run, tmp_path: Path, wrong: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "spec.yaml").write_text(SPEC)
    result = run("diff", tmp_path / wrong, tmp_path / wrong)
    assert result.status == 1 and wrong in result.err and "help: " in result.err


def test_the_schema_of_a_study(run: Run) -> None:
    schema = json.loads(run("schema", "--study").out)
    Draft202012Validator.check_schema(schema)
    study = YAML(typ="safe").load(ROOT / "examples" / "study" / "study.yaml")
    Draft202012Validator(schema).validate(study)
    assert not Draft202012Validator(schema).is_valid({**study, "sedes": [1]})


@pytest.mark.parametrize("place", ["before", "behind"])
def test_verbose_and_quiet(run: Run, spec: Path, tmp_path: Path, place: str) -> None:
    def compile_with(flag: str):
        rest = ["compile", spec, "-o", tmp_path / "out"]
        return run(flag, *rest) if place == "before" else run(*rest, flag)

    quiet = compile_with("--quiet")
    assert (quiet.status, quiet.out, quiet.err) == (0, "", "")
    verbose = compile_with("-v")
    steps = [line for line in verbose.err.splitlines() if line.endswith(" s")]
    assert len(steps) == 8 and steps[-1].startswith("compiling small: files, ")
    assert "verified" in verbose.out
    assert run("-v", "compile", spec, "-q").status == 2


def test_quiet_still_says_what_is_wrong(run: Run, tmp_path: Path, spec: Path) -> None:
    assert run("check", "-q", spec).out == ""
    spec.write_text(SPEC.replace("depth: 2", "depth: two"))
    result = run("-q", "check", spec)
    assert result.status == 1 and "small.yaml:5:" in result.err


def test_a_bar_goes_with_the_work(monkeypatch: pytest.MonkeyPatch, capfd) -> None:
    with Talk().follow("compiling a", 3) as progress:
        progress("check")
    assert capfd.readouterr().err == ""  # no terminal
    monkeypatch.setenv("FORCE_COLOR", "1")
    with Talk().follow("compiling a", 3) as progress:
        for name in ("passes", "check", "[files]"):
            progress(name)
    shown = capfd.readouterr().err
    assert "compiling a" in shown and "━" in shown and "[files]" in shown
    with Talk(quiet=True).follow("compiling a", 3) as progress:
        progress("check")
    assert capfd.readouterr().err == ""


def test_an_analysis_tells_as_many_steps_as_it_counts() -> None:
    from qslc.analysis import analyze_to, choose_settings, count_steps

    told: list[str] = []
    spec = SMALL.spec()
    settings = choose_settings(spec, 10, None, None, None, 4)
    with pytest.raises(qslc.InputError):
        analyze_to(spec, "/dev/null/no", settings, progress=told.append)
    assert not told  # refused before anything was computed
    from qslc.analysis import analyze_spec

    analyze_spec(spec, settings, progress=told.append)
    assert len(told) + 1 == count_steps(spec)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [("qslc comp", "compile"), ("qslc schema --st", "--study"), ("qslc device im", "import")],
)
def test_shells_complete_commands_and_options(words: str, wanted: str) -> None:
    environment = {
        **os.environ,
        "_QSLC_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    done = subprocess.run([QSLC], env=environment, capture_output=True, text=True)
    assert wanted in done.stdout.split()


def test_the_hook_of_pre_commit_checks_files(tmp_path: Path) -> None:
    (hook,) = YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")
    command = [QSLC, *hook["entry"].split()[1:]]
    right, wrong = ROOT / "examples" / "iqp.yaml", tmp_path / "wrong.yaml"
    wrong.write_text(SPEC.replace("qubits: 4", "qubits: four"))
    assert subprocess.run([*command, right], capture_output=True).returncode == 0
    done = subprocess.run([*command, right, wrong], capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == "" and "wrong.yaml:3:" in done.stderr
