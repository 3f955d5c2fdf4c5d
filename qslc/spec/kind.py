"""What a YAML file of qslc is: the spec of a sublayer, or a study that compares methods."""

from __future__ import annotations

from typing import Literal

from qslc.diagnostics import InputError
from qslc.spec.nodes import Entries, Node

SPEC_KEYS = frozenset({"qubits", "encoder", "ansatz", "measure", "device", "noise", "optimize"})
STUDY_KEYS = frozenset(
    {"base", "data", "prompt", "training", "seeds", "tuning", "evaluate", "methods", "choose"}
)
"""The keys of a document that only one of the two has."""


class StudyError(InputError):
    """A study stands where the spec of a sublayer is expected."""


def kind_of(root: Node) -> Literal["spec", "study"] | None:
    """Tell by the keys of a document, some of which may be wrong, what its author wrote."""
    keys = [entry.key for entry in root.entries] if isinstance(root, Entries) else []
    spec, study = (sum(key in known for key in keys) for known in (SPEC_KEYS, STUDY_KEYS))
    if spec == study:
        return None
    return "spec" if spec > study else "study"
