"""Write the reports of a study from its summary alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]
"""A study's summary, or a part of it."""
