"""The pages of a report, made when a spec is compiled and whenever they are asked for again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qslc.artifact import HELP, MANIFEST, REPORT, digests, pretty, read_report
from qslc.diagnostics import Diagnostic, InputError
from qslc.output import resolved, rewrite_folder
from qslc.report.compilation.views import html, markdown


def views(data: Mapping[str, Any]) -> dict[str, str]:
    """Render a report as the files to read, which depend on the report alone, without its times."""
    return {"report.md": markdown(data), "report.html": html(data)}


def render_again(folder: Path) -> None:
    """Make report.md and report.html anew from a folder's report.json, and digest them.

    Raises:
        InputError: the folder holds no report of a compile, or cannot be written.
    """

    def files() -> Mapping[str, str]:
        data, manifest = read_report(folder)
        try:
            pages = views(data)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            message = f"{folder / REPORT} is damaged, or from another version of qslc"
            raise InputError(Diagnostic(message, help="compile the spec again")) from None
        manifest["files"] |= digests(pages)
        return pages | {MANIFEST: pretty(manifest)}

    if not resolved(folder).is_dir():
        raise InputError(Diagnostic(f"{folder} is not a folder", help=HELP))
    rewrite_folder(folder, files)
