"""Write SVG. Colors are CSS classes, which the stylesheet of the report defines."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

_SMALLEST = 0.75
"""Down to this part of its size one can read a drawing."""


def write_element(tag: str, *content: str, text: str = "", **attributes: str | float) -> str:
    """Write one element: ``content`` is SVG, ``text`` and the attributes are escaped.

    Attribute names are written with ``_`` for ``-`` and with a final ``_`` where they are Python's:
    ``class_="wire"``. Floats are rounded to a tenth of a pixel.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_format_value(value))}"'
        for key, value in attributes.items()
    )
    inside = escape(text, quote=False) + "".join(content)
    return f"<{tag}{written}>{inside}</{tag}>" if inside else f"<{tag}{written}/>"


def write_picture(
    width: float, height: float, title: str, parts: Iterable[str], style: str = ""
) -> str:
    """Write a whole drawing, in pixels, that shrinks with its page as long as one can read it.

    A picture that stands alone carries its stylesheet, which only a text of ours can be.
    """
    return write_element(
        "svg",
        write_element("title", text=title),
        *([f"<style>{style}</style>"] if style else []),
        "\n".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        class_="drawing",
        role="img",
        viewBox=f"0 0 {_format_value(width)} {_format_value(height)}",
        width=width,
        height=height,
        style=f"min-width:{_SMALLEST * width:.0f}px",
    )


def write_line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """Write a line."""
    return write_element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def write_label(x: float, y: float, text: str, class_: str) -> str:
    """Write a text."""
    return write_element("text", text=text, x=x, y=y, class_=class_)


def _format_value(value: str | float) -> str:
    return f"{round(value, 1):g}" if isinstance(value, float) else str(value)
