"""The templates of pages and how they escape."""

from __future__ import annotations

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


@cache
def environment() -> Environment:
    """HTML is escaped; the filter ``md`` escapes for Markdown."""
    environment = Environment(
        loader=PackageLoader("qslc_templates", ""),
        autoescape=select_autoescape(("html.jinja",)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters["md"] = _markdown_text
    return environment


def _markdown_text(text: str) -> str:
    """Text that Markdown shows as it is, on one line, in a table too."""
    single = re.sub(r"\s+", " ", text)
    entities = single.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*\[\]|#~]|\b_|_\b)", r"\\\1", entities)
