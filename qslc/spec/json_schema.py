"""The JSON Schema of a spec, for completion and checks in editors."""

from __future__ import annotations

from typing import Any

from qslc.spec.model import Spec


def schema() -> dict[str, Any]:
    """The schema, in JSON Schema draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Spec.model_json_schema(by_alias=True),
        "title": "qslc spec",
    }
