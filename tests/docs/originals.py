"""The numbers of layers of other packages that a page shows: run here, or recorded elsewhere."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.docs.pages import ROOT, Snippet, read_snippets

_RECORDED = ROOT / "tests" / "circuits" / "exported" / "originals.json"
_PRINT = "\nimport json\nprint('original', json.dumps(np.asarray(original).tolist()))\n"


def find_original(snippet: Snippet, folder: Path) -> NDArray[np.float64]:
    """Return what a snippet of another package leaves under the name ``original``.

    Code of TensorFlow Quantum is run, on Keras 2 and in a process of its own. That of PennyLane and
    Qiskit was run by ``python -m benchmarks.exports``; files that it wrote are written again.
    """
    if snippet.kind == "python tfq":
        return np.array(_run(snippet.page)[snippet.first])
    recorded: dict[str, Any] = json.loads(_RECORDED.read_text(encoding="utf-8"))
    digest = hashlib.sha256(snippet.text.encode()).hexdigest()
    assert digest in recorded, f"{snippet} was changed: run python -m benchmarks.exports again"
    for name, text in recorded[digest]["files"].items():
        (folder / name).write_text(text, encoding="utf-8")
    return np.array(recorded[digest]["original"])


@lru_cache
def _run(page: Path) -> dict[int, list[list[float]]]:
    """Return the originals of all snippets of TensorFlow Quantum on a page, by their lines."""
    snippets = [snippet for snippet in read_snippets(page) if snippet.kind == "python tfq"]
    code = "".join(snippet.text + _PRINT for snippet in snippets)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TF_USE_LEGACY_KERAS": "1", "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{page}: {done.stderr[-3000:]}"
    printed = [line.split(" ", 1) for line in done.stdout.splitlines()]
    values = [json.loads(line[1]) for line in printed if line[0] == "original"]
    return {snippet.first: value for snippet, value in zip(snippets, values, strict=True)}
