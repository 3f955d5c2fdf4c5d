"""Render the pages of finished studies again: ``python -m qslc_study.page DIR...``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from qslc_study.page.table import render_csv
from qslc_study.page.view import render_html, render_markdown
from qslc_study.store import write_atomically

_PAGES = {"study.csv": render_csv, "study.md": render_markdown, "study.html": render_html}


def render(folder: Path) -> None:
    """Write the pages of a folder from its study.json."""
    found = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    for name, made in _PAGES.items():
        write_atomically(folder / name, made(found))


if __name__ == "__main__":
    for each in sys.argv[1:]:
        render(Path(each))
