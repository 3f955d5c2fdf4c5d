"""Compare fine-tuning methods on one model, one data set and the same effort: ``qslc study``.

A study is read and checked (``spec``), its data split (``pairs``) and its runs listed (``plan``).
Each run trains in a process of its own (``training``, the only part that loads TensorFlow) and
leaves one record (``store``). Scores, statistics and reports are made from the records alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qslc_study.command import study
    from qslc_study.records import Records, read_records
    from qslc_study.spec import Study, load

__all__ = ["Records", "Study", "load", "read_records", "study"]

_HOMES = {
    "study": "qslc_study.command",
    **dict.fromkeys(("Records", "read_records"), "qslc_study.records"),
}


def __getattr__(name: str) -> Any:
    """Import on first use: a training process needs none of it."""
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "qslc_study.spec")), name)
    raise AttributeError(f"module 'qslc_study' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__]
