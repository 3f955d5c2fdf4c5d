"""The pages of the site: files of the repository, under their paths in it, so that links hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
FILES = (
    "*.md",
    "docs/*.md",
    "docs/*/*.md",
    "docs/*/*.css",
    "examples/**/*.*",
    "benchmarks/README.md",
    "benchmarks/results/*.md",
    "benchmarks/results/*.png",
    "results/*/study.*",
    "results/*/records.jsonl.xz",
)
"""What the site holds of the repository."""

_COMMANDS = "docs/reference/command_line.md"
_TITLES = {
    "excerpt": "layer.py",
    "tfq": "TensorFlow Quantum",
    "pennylane": "PennyLane",
    "qiskit": "Qiskit",
}
_FENCE = re.compile(rf"^```python ({'|'.join(_TITLES)})$", re.MULTILINE)


@event_priority(100)
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Replace what MkDocs found in ``docs_dir``; the theme's own files stay."""
    found = [file for file in files if file.src_dir != config.docs_dir]
    for path in sorted({path for pattern in FILES for path in ROOT.glob(pattern)}):
        if "__pycache__" not in path.parts:
            name = path.relative_to(ROOT).as_posix()
            found.append(File.generated(config, name, abs_src_path=str(path)))
    found.append(File.generated(config, _COMMANDS, content=_describe_commands()))
    return Files(found)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Give code of other packages a title in the place of the word by which tests know it."""
    return _FENCE.sub(lambda match: f'```python title="{_TITLES[match[1]]}"', markdown)


def _describe_commands() -> str:
    """Return the page that Typer makes of the commands and their options."""
    command = [sys.executable, "-m", "typer", "qslc.cli", "utils", "docs", "--name", "qslc"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout
