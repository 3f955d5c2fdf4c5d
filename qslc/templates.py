"""The templates of pages and how they escape."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from qslc.diagnostics import printable


@cache
def environment() -> Environment:
    """HTML is escaped, the filter ``md`` escapes for Markdown, and texts hide nothing."""
    environment = Environment(
        loader=PackageLoader("qslc_templates", ""),
        autoescape=select_autoescape(("html.jinja",)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        finalize=_visible,
    )
    environment.filters["md"] = _markdown_text
    return environment


def _visible(value: Any) -> Any:
    """Escape what turns the direction of a text or cannot be seen in it; markup is ours."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "\n".join(map(printable, value.split("\n")))


def _markdown_text(text: str) -> str:
    """Text that Markdown shows as it is, on one line, in a table too."""
    single = re.sub(r"\s+", " ", text)
    entities = single.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*\[\]|#~]|\b_|_\b)", r"\\\1", entities)
