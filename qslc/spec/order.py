"""The order in which diagnostics are reported."""

from __future__ import annotations

from collections.abc import Iterable

from qslc.diagnostics import Diagnostic


def in_order(diagnostics: Iterable[Diagnostic], file: str) -> tuple[Diagnostic, ...]:
    """Those of a file first; by the order of the text."""

    def position(diagnostic: Diagnostic) -> tuple[bool, int, int]:
        span = diagnostic.span
        return (span.file != file, span.line, span.column) if span else (True, 0, 0)

    return tuple(sorted(diagnostics, key=position))
