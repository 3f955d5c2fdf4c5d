"""Do what a page says, from top to bottom, in a folder of one's own."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

from packaging.requirements import Requirement
from ruamel.yaml import YAML

from qslc import cli
from qslc.spec import load
from qslc.spec.circuit import STANDS_FOR
from qslc_study.spec.source import load as load_study
from tests.docs.originals import find_original
from tests.docs.pages import ROOT, Snippet, read_project, replace

_FILE_NAME = re.compile(r"# (\S+\.yaml)\n")
_ROUNDING = re.compile(r"\d\.\de-\d+")
_COMPLETE = {
    "qslc": 1,
    "name": "fragment",
    "qubits": 4,
    "encoder": {"kind": "angle"},
    "ansatz": {"depth": 1, "entangler": "none"},
    "measure": "z",
}
"""What a fragment of a spec is completed with."""


class Session:
    """One reading of one page.

    Args:
        folder: Working directory of this process, which holds ``examples/`` and what the page takes
            for granted.
        names: Names that the page's Python takes for granted.
    """

    def __init__(self, folder: Path, names: dict[str, Any]) -> None:
        self.folder = folder
        self.names = names
        self.printed = ""
        self.shows = False
        self.compiled: Path | None = None

    def follow(self, snippet: Snippet, shows: bool = False) -> None:
        """Run a snippet, or compare it with what was run before it.

        Args:
            snippet: Next one of the page.
            shows: Whether the page shows what it prints.
        """
        self.shows = shows
        _KINDS[snippet.kind](self, snippet)

    def run_commands(self, snippet: Snippet) -> None:
        """Run each line; the page may show what the last one prints."""
        self.printed = ""
        for line in snippet.text.splitlines():
            words = shlex.split(line, comments=True)
            if words:
                self.printed = _COMMANDS[words[0]](self, words)

    def run_python(self, snippet: Snippet) -> None:
        code = "\n" * (snippet.first - 1) + snippet.text
        exec(compile(code, str(snippet.page), "exec"), self.names)

    def run_torch(self, snippet: Snippet) -> None:
        """Run it where Keras runs on PyTorch; elsewhere see only that it is Python."""
        if os.environ.get("KERAS_BACKEND") == "torch":
            self.run_python(snippet)
        compile(snippet.text, str(snippet.page), "exec")

    def find_excerpt(self, snippet: Snippet) -> None:
        """Find each line, in its order, in the layer that was compiled last; ``...`` skips some."""
        assert self.compiled, f"{snippet} is an excerpt, and nothing was compiled before it"
        source = iter((self.compiled / "layer.py").read_text(encoding="utf-8").splitlines())
        source = iter([line.strip() for line in source])
        for line in filter(None, map(str.strip, snippet.text.splitlines())):
            assert line == "..." or line in source, f"{snippet}: the layer has no {line!r} there"

    def recall_original(self, snippet: Snippet) -> None:
        """Take what another package makes of its own code as ``original``."""
        self.names["original"] = find_original(snippet, self.folder)

    def read_yaml(self, snippet: Snippet) -> None:
        """Check a study, a spec, a device or a part of a spec; keep what has a file name."""
        data = YAML(typ="safe").load(snippet.text)
        name = _FILE_NAME.match(snippet.text)
        path = self.folder / (name[1] if name else "snippet.yaml")
        path.write_text(snippet.text, encoding="utf-8")
        if "methods" in data:
            load_study(path)
        elif "qslc" in data:
            load(path)
        else:
            part = {"device": {"file": path.name}, "qubits": 2} if "edges" in data else data
            left = STANDS_FOR if "circuit" in data else ()
            base = {key: value for key, value in _COMPLETE.items() if key not in left}
            whole = self.folder / "whole.yaml"
            with whole.open("w", encoding="utf-8") as file:
                YAML(typ="safe").dump({**base, **part}, file)
            load(whole)

    def compare_output(self, snippet: Snippet) -> None:
        """Compare with what the last command printed, rounding errors aside."""
        assert self.printed, f"{snippet} shows an output, and nothing was run before it"
        if "QSLC_UPDATE_GOLDEN" in os.environ:
            replace(snippet, self.printed)
            return
        shown, printed = (_ROUNDING.sub("#", text) for text in (snippet.text, self.printed))
        assert shown == printed, f"{snippet} is not what is printed; `make golden` writes it"

    def qslc(self, words: list[str]) -> str:
        """Run the command; where it takes hours, or Qiskit, only check the file and the options."""
        if words[1] in {"study", "compare"}:
            (load_study if words[1] == "study" else load)(self.folder / words[2])
            shown = run_qslc([words[1], "--help"])
            missing = [word for word in words[3:] if word[0] == "-" and word not in shown]
            assert not missing, f"qslc {words[1]} has no {missing}"
            return ""
        if words[1] == "analyze" and not self.shows:
            words = [*words, "--samples", "16"]  # a thousand take half a minute
        if words[1] == "compile" and "-o" in words:
            self.compiled = self.folder / words[words.index("-o") + 1]
        return run_qslc(words[1:])

    def make(self, words: list[str]) -> str:
        """See that the targets exist: what they do is what the tests do."""
        run_command(["make", "--dry-run", *words[1:]], ROOT)
        return ""

    def pip(self, words: list[str]) -> str:
        """See that a requirement can be read, and that the extras of our own exist."""
        for word in (word for word in words[2:] if not word.startswith("-")):
            requirement = Requirement(word)
            known = read_project()["optional-dependencies"]
            assert requirement.name != "qslc" or requirement.extras <= {*known}, word
        return ""

    def python(self, words: list[str]) -> str:
        """Ask a program for its options rather than for its work."""
        target = words[1:3] if words[1] == "-m" else words[1:2]
        shown = run_command([sys.executable, *target, "--help"], ROOT)
        missing = [word for word in words if word.startswith("--") and word not in shown]
        assert not missing, f"{' '.join(target)} has no {missing}"
        return ""

    def copy(self, words: list[str]) -> str:
        shutil.copy(self.folder / words[1], self.folder / words[2])
        return ""


def run_qslc(arguments: list[str]) -> str:
    """Run the command in this process: in one of its own most of the time goes into imports."""
    printed, errors = io.StringIO(), io.StringIO()
    called = mock.patch.object(sys, "argv", ["qslc", *arguments])
    with called, redirect_stdout(printed), redirect_stderr(errors):
        try:
            cli.main()
        except SystemExit as ended:
            status = ended.code
    assert not status, f"qslc {shlex.join(arguments)}: {errors.getvalue()}"
    return _strip_lines(printed.getvalue())


def run_command(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=500
    )
    assert done.returncode == 0, f"{shlex.join(command)}: {done.stderr}"
    return _strip_lines(done.stdout)


def _strip_lines(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def _ignore(session: Session, snippet: Snippet) -> None:
    """A drawing."""


_KINDS: dict[str, Callable[[Session, Snippet], None]] = {
    "sh": Session.run_commands,
    "python": Session.run_python,
    "python torch": Session.run_torch,
    "python excerpt": Session.find_excerpt,
    **dict.fromkeys(("python tfq", "python pennylane", "python qiskit"), Session.recall_original),
    "yaml": Session.read_yaml,
    "text": _ignore,
    "": Session.compare_output,
}
_COMMANDS: dict[str, Callable[[Session, list[str]], str]] = {
    "qslc": Session.qslc,
    "make": Session.make,
    "pip": Session.pip,
    "python": Session.python,
    "cp": Session.copy,
}
