"""What griffe does not know of docstrings: two headings, which are those of Keras."""

from __future__ import annotations

from typing import Any

import griffe

_HEADINGS = {
    "\nExample:\n": "\nExamples:\n",
    "\nCall arguments:\n": "\nAttributes: Call arguments:\n",  # a list under a title of its own
}


class Sections(griffe.Extension):
    """Gives the sections of docstrings the headings that griffe knows."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Write them in the place of others."""
        if obj.docstring:
            for ours, known in _HEADINGS.items():
                obj.docstring.value = obj.docstring.value.replace(ours, known)
