"""The pages of the site: files of the repository, under their paths in it, so that links hold."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from nbconvert import MarkdownExporter

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
    "torch": "PyTorch",
}
_EXPORTER = MarkdownExporter()
_FENCE = re.compile(r"^```python (\w+)$", re.MULTILINE)


@event_priority(100)
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Replace what MkDocs found in ``docs_dir``; the theme's own files stay."""
    found = [file for file in files if file.src_dir != config.docs_dir]
    for path in sorted({path for pattern in FILES for path in ROOT.glob(pattern)}):
        if "__pycache__" not in path.parts:
            name = path.relative_to(ROOT).as_posix()
            found.append(File.generated(config, name, abs_src_path=str(path)))
        if path.suffix == ".ipynb":
            found.extend(_write_notebook(path, config))
    found.append(File.generated(config, _COMMANDS, content=_describe_commands()))
    return Files(found)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Give code of other packages a title, and have links to notebooks lead to their pages.

    Raises:
        KeyError: Code is of a kind that has no title.
    """
    markdown = _FENCE.sub(lambda match: f'```python title="{_TITLES[match[1]]}"', markdown)
    return re.sub(r"(\]\(\S*/\w+)\.ipynb\)", r"\1.md)", markdown)


def _write_notebook(path: Path, config: MkDocsConfig) -> Iterator[File]:
    """Yield a notebook as a page, and its pictures, with its outputs if it was run as it stands."""
    notebook = nbformat.read(path, as_version=4)
    run = ROOT / "build" / "notebooks" / path.name
    if run.exists():
        shown = nbformat.read(run, as_version=4)
        if [cell.source for cell in shown.cells] == [cell.source for cell in notebook.cells]:
            notebook = shown
    text, resources = _EXPORTER.from_notebook_node(
        notebook, {"unique_key": path.stem, "output_files_dir": path.stem}
    )
    title, _, rest = re.sub(r"\((\w+)\.ipynb\)", r"(\1.md)", text).partition("\n\n")
    page = f"{title}\n\n[Download this notebook]({path.name}) for Jupyter or Colab.\n\n{rest}"
    folder = path.parent.relative_to(ROOT).as_posix()
    yield File.generated(config, f"{folder}/{path.stem}.md", content=page)
    for name, content in resources["outputs"].items():
        yield File.generated(config, f"{folder}/{name}", content=content)


def _describe_commands() -> str:
    """Return the page that Typer makes of the commands and their options."""
    command = [sys.executable, "-m", "typer", "qslc.cli", "utils", "docs", "--name", "qslc"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout
