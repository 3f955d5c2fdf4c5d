"""Read what the user wrote: the text of a study in, a checked ``Study`` out."""

from __future__ import annotations

from qslc_study.spec.model import Study, schema
from qslc_study.spec.source import Source, load

__all__ = ["Source", "Study", "load", "schema"]
