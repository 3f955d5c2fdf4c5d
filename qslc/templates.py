"""Render the templates of pages and layers, and escape what they show."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from qslc.diagnostics import escape


def render(template: str, **values: Any) -> str:
    """Render a template: HTML is escaped, and the filter ``md`` escapes for Markdown."""
    return _make_environment().get_template(template).render(**values)


def mark_safe(svg: str) -> Markup:
    """Return a drawing or plot as markup; every text in it was escaped when it was drawn."""
    return Markup(svg)  # noqa: S704 - svg.element and matplotlib escape texts


@cache
def _make_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("qslc_templates", ""),
        autoescape=select_autoescape(("html.jinja",)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        finalize=_show_hidden,
    )
    environment.filters["md"] = _escape_markdown
    return environment


def _show_hidden(value: Any) -> Any:
    """Escape what turns the direction of a text or cannot be seen in it; markup is ours."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "\n".join(map(escape, value.split("\n")))


def _escape_markdown(text: str) -> str:
    """Write a text so that Markdown shows it as it is, on one line, in a table too."""
    single = re.sub(r"\s+", " ", text)
    entities = single.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*\[\]|#~]|\b_|_\b)", r"\\\1", entities)
