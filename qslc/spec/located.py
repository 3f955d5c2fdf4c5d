"""Problems at their places in a text: the diagnostics of a document."""

from __future__ import annotations

from typing import TypeVar

from qslc.diagnostics import Diagnostic, InputError
from qslc.spec.nodes import Node, Path, place
from qslc.spec.problems import Problem, path_text

MAX_DIAGNOSTICS = 50

Document = TypeVar("Document")


def located(problem: Problem, root: Node | None, path: Path) -> Diagnostic:
    """The problem at the place of a path below a node; without a node, at no place."""
    where = path_text(problem.path)
    if root is None:
        return Diagnostic(problem.message, None, where, problem.help)
    found = place(root, path)
    span = found.key if problem.on_key else found.value
    return Diagnostic(problem.message, span, where, problem.help)


def result(document: Document | None, found: tuple[Diagnostic, ...]) -> Document:
    """The document, if nothing was found to be wrong with it.

    Raises:
        InputError: something was; at most ``MAX_DIAGNOSTICS`` are listed.
    """
    if len(found) > MAX_DIAGNOSTICS:
        rest = len(found) - MAX_DIAGNOSTICS
        found = (*found[:MAX_DIAGNOSTICS], Diagnostic(f"and {rest} more errors"))
    if found or document is None:
        raise InputError(*found)
    return document
