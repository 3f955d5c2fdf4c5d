"""Run notebooks, each in a process and a folder of its own.

python -m tests.docs.notebooks NOTEBOOK...: write them with their outputs into build/notebooks.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests.docs.pages import ROOT

NOTEBOOKS = tuple(sorted((ROOT / "examples" / "notebooks").glob("*.ipynb")))


def run_notebook(path: Path, folder: Path) -> nbformat.NotebookNode:
    """Return a notebook with what its cells print and show, but for warnings on stderr.

    Cells with the tag ``skip-execution`` are left out: they install.

    Args:
        path: The notebook.
        folder: Working directory.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=900, resources={"metadata": {"path": str(folder)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "outputs" in cell:
            cell.outputs = [each for each in cell.outputs if each.get("name") != "stderr"]
    return notebook


def keep_outputs(path: Path, notebook: nbformat.NotebookNode) -> None:
    """Write a notebook that was run where the site looks for it."""
    folder = ROOT / "build" / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / path.name)


def main() -> None:
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            keep_outputs(Path(name), run_notebook(Path(name), Path(folder)))


if __name__ == "__main__":
    main()
