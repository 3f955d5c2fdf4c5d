"""Python code in a process of its own, such as one with another backend of Keras."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def try_python(code: str, *arguments: Any, cwd: Any = None, **environment: str) -> Any:
    """Run code that can import the tests; return the ended process with its texts."""
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def run_python(code: str, *arguments: Any, cwd: Any = None, **environment: str) -> str:
    """Run code that must succeed; return what it printed."""
    done = try_python(code, *arguments, cwd=cwd, **environment)
    assert done.returncode == 0, done.stderr[-3000:]
    output: str = done.stdout
    return output
