"""The terminal gets printable text only, and a stopped command leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from qslc import pipeline
from qslc.artifact import list_changed_files
from qslc.diagnostics import CompilerFaultError
from tests.cli.conftest import SPEC, Run

HIDDEN = "\x1b[2J\x9b1m\u202e\u200b\xa0\u2028\nerror: forged"


def assert_printable(text: str) -> None:
    lines = text.splitlines()
    assert "".join(lines).isprintable(), text
    assert not any(line.startswith("error: forged") for line in lines)


@pytest.fixture
def hidden(tmp_path: Path) -> Path:
    """A spec below a folder with a hostile name."""
    path = tmp_path / HIDDEN / "small.yaml"
    path.parent.mkdir()
    path.write_text(SPEC)
    return path


@pytest.mark.parametrize("flag", [(), ("--json",)])
def test_paths_are_printed_escaped(run: Run, hidden: Path, flag: tuple[str, ...]) -> None:
    folder = hidden.parent / "out"
    for arguments in (
        ("compile", hidden, "-o", folder),
        ("report", folder),
        ("check", hidden),
        ("check", hidden.with_name("missing.yaml")),
        ("report", folder.with_name("missing")),
        ("compile", hidden, "-o", hidden),
    ):
        result = run(*arguments, *flag)
        assert result.status in (0, 1)
        assert result.out + result.err
        assert_printable(result.out + result.err)
        if flag and result.out:
            json.loads(result.out)


@pytest.mark.parametrize(
    "arguments",
    [
        [HIDDEN],
        ["check", f"--{HIDDEN}"],
        ["report", "folder", f"--js{HIDDEN}"],
        ["analyze", "spec", "--samples", HIDDEN],
        ["compile", "spec", HIDDEN],
    ],
)
def test_usage_errors_are_printable(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.status == 2
    assert_printable(result.err)


@pytest.mark.parametrize("error", [RuntimeError, CompilerFaultError])
def test_a_fault_is_printable_and_writes_nothing(
    run: Run, spec: Path, tmp_path: Path, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object) -> None:
        raise error(f"this deviates{HIDDEN}")

    monkeypatch.setattr(pipeline, "compile_spec", fault)
    result = run("compile", spec, "-o", tmp_path / "out")
    assert result.status == 3
    assert "this deviates" in result.err
    assert_printable(result.err)
    assert not (tmp_path / "out").exists()


def test_a_message_with_a_path_that_is_not_text(run: Run, tmp_path: Path) -> None:
    path = Path(os.fsdecode(bytes(tmp_path) + b"/\xff.yaml"))
    path.write_text(SPEC)
    result = run("check", path)
    assert result.status == 0
    assert r"\udcff.yaml: ok" in result.out


STOPPED = """
import os, sys
from pathlib import Path

from qslc.cli import main

at, number = int(sys.argv.pop()), int(sys.argv.pop())
calls = 0


def stop(real):
    def stopped(*args):
        global calls
        calls += 1
        if calls == at:
            os.kill(os.getpid(), number)
        return real(*args)

    return stopped


os.fsync, Path.replace = stop(os.fsync), stop(Path.replace)
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "existing", "at"),
    [
        ("SIGTERM", False, 1),
        ("SIGINT", False, 9),
        ("SIGHUP", True, 5),
        ("SIGTERM", True, 9),
        ("SIGINT", True, 11),
    ],
)
def test_a_stopped_compile_leaves_nothing_behind(
    tmp_path: Path, spec: Path, name: str, existing: bool, at: int
) -> None:
    """It is stopped where it has written one file, all, committed them, and moved some."""
    folder, number = tmp_path / "out", getattr(signal, name)
    if existing:
        run_here(spec, folder)
        (folder / "notes.txt").write_text("mine")
    done = subprocess.run(
        [sys.executable, "-c", STOPPED, "compile", spec, "-o", folder, str(int(number)), str(at)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 128 + number, done.stderr
    assert "Traceback" not in done.stderr
    left = {path.name for path in tmp_path.iterdir()}
    if existing:
        assert left == {"small.yaml", "out"}
        assert {path.name for path in folder.iterdir()} == {*pipeline.FILES, "notes.txt"}
    else:
        assert left <= {"small.yaml", "out"}
    if folder.exists():
        assert list_changed_files(folder) == []


def run_here(spec: Path, folder: Path) -> None:
    from qslc.spec import load

    pipeline.compile_to(load(spec).spec, folder)
