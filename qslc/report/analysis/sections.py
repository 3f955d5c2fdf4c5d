"""What the page shows: one section for each figure that was made."""

from __future__ import annotations

from qslc.report.analysis.function_section import feature_map, operations, weights
from qslc.report.analysis.section import Analysis, Section
from qslc.report.analysis.states_section import entanglement, expressibility
from qslc.report.analysis.training_section import gradients, initialisation

_SECTIONS = (
    ("expressibility", expressibility),
    ("entanglement", entanglement),
    ("curves", gradients),
    ("circuit", weights),
    ("map", feature_map),
    ("initialisation", initialisation),
    ("operations", operations),
)
"""The key of the analysis without which a section is left out, and what makes it."""


def sections(analysis: Analysis) -> tuple[Section, ...]:
    """The sections, in order."""
    return tuple(section(analysis) for key, section in _SECTIONS if analysis[key])
