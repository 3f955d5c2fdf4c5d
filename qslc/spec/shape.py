"""Whether data has the shape of a model: pydantic's findings in the words of a spec's author."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from qslc.spec.base import Model
from qslc.spec.expected import Document, document, expectation
from qslc.spec.nodes import FAULTY, Path
from qslc.spec.problems import Problem, value_at
from qslc.spec.wording import closest, described, did_you_mean, shown

Root = TypeVar("Root", bound=Model)


@dataclass(frozen=True)
class Shaped(Generic[Root]):
    """The model, or what is wrong; the paths of unknown keys and those of other faults."""

    model: Root | None
    problems: tuple[Problem, ...] = ()
    unknown: frozenset[Path] = frozenset()
    faults: frozenset[Path] = frozenset()


def shape(data: Any, root: type[Root]) -> Shaped[Root]:
    """Reads plain data as a model, without the checks."""
    try:
        return Shaped(root.model_validate(data, by_alias=True, by_name=False))
    except ValidationError as error:
        about = document(root)
        errors = error.errors(include_url=False)
        findings = [_Finding.of(details, data, about) for details in errors]
    unknown = frozenset(finding.path for finding in findings if finding.kind == "extra_forbidden")
    faults = frozenset(finding.path for finding in findings) - unknown
    problems = _first_causes([f for f in findings if not f.consequence])
    return Shaped(None, tuple(problems), unknown, faults)


@dataclass(frozen=True, slots=True)
class _Finding:
    """One of pydantic's errors, its location freed from the tags of alternatives."""

    kind: str
    location: Path
    path: Path
    value: Any
    context: Mapping[str, Any]
    about: Document

    @staticmethod
    def of(details: ErrorDetails, data: Any, about: Document) -> _Finding:
        kind, location = details["type"], details["loc"]
        about_key = kind in ("missing", "extra_forbidden")
        steps = location[:-1] if about_key else location
        path = tuple(step for step in steps if not about.is_tag(step))
        path += location[-1:] if about_key else ()
        return _Finding(kind, location, path, value_at(data, path), details.get("ctx", {}), about)

    @property
    def consequence(self) -> bool:
        """Whether it follows from a finding of its own: a faulty value, or a faulty item."""
        too_short = self.kind == "too_short" and len(self.value) > 0
        kind = self.value.get(self.context["key"]) if self._is_mapping_of_kinds else None
        return self.value is FAULTY or kind is FAULTY or too_short

    @property
    def _is_mapping_of_kinds(self) -> bool:
        return self.kind == "kind" and isinstance(self.value, Mapping)


def _first_causes(findings: list[_Finding]) -> Iterator[Problem]:
    """A problem for each finding; a key that is only misspelt is not missing too."""
    meant = {_meant(f) for f in findings if f.kind == "extra_forbidden"}
    return (_problem(f) for f in findings if f.kind != "missing" or f.path not in meant)


def _meant(finding: _Finding) -> Path:
    close = closest(finding.path[-1], finding.about.known_keys(finding.location))
    return (*finding.path[:-1], close) if close else ()


def _problem(finding: _Finding) -> Problem:
    path, kind, context = finding.path, finding.kind, finding.context
    if kind == "extra_forbidden":
        return _unknown_key(finding)
    if kind == "missing" and isinstance(path[-1], int):
        return Problem(path[:-1], f"expected 2 entries, got {path[-1]}")
    if kind == "missing":
        return Problem(path, f'missing key "{path[-1]}"', _about(finding), on_key=True)
    if kind == "kind":
        return _wrong_kind(finding)
    if kind == "value_error":
        return Problem(path, str(context["error"]))
    expected = (
        expectation(kind, context) or finding.about.description(finding.location) or "another value"
    )
    word = next(iter(finding.value), "") if isinstance(finding.value, Mapping) else finding.value
    advice = did_you_mean(word, re.findall(r"\w+", expected))
    advice = advice or ("" if kind == "string_pattern_mismatch" else _about(finding))
    return Problem(path, f"expected {expected}, got {_given(finding)}", advice)


def _wrong_kind(finding: _Finding) -> Problem:
    """The problem of a value that should be a mapping whose kind is the word under one key."""
    path, value, key = finding.path, finding.value, finding.context["key"]
    expected = finding.context["expected"]
    words = re.findall(r"\w+", expected)
    if not isinstance(value, Mapping):
        example = closest(value, words) or words[-1]
        return Problem(
            path, f"expected a mapping such as {{{key}: {example}}}, got {_given(finding)}"
        )
    misspelt = next((other for other in value if closest(other, (key,))), key)
    if key not in value and misspelt in value:
        help_text = did_you_mean(misspelt, (key,))
        return Problem((*path, misspelt), f"unknown key {shown(misspelt)}", help_text, on_key=True)
    if value.get(key) is None:
        return Problem((*path, key), f'missing key "{key}"', f"{key}: {expected}", on_key=True)
    word = value[key]
    message = f"expected {expected}, got {described(word)}"
    return Problem((*path, key), message, did_you_mean(word, words))


def _about(finding: _Finding) -> str:
    about = finding.about.description(finding.location)
    return f"{finding.path[-1]}: {about}" if about else ""


def _unknown_key(finding: _Finding) -> Problem:
    key, known = str(finding.path[-1]), finding.about.known_keys(finding.location)
    advice = did_you_mean(key, known) or f"known keys: {', '.join(known)}"
    return Problem(finding.path, f"unknown key {shown(key)}", advice, on_key=True)


def _given(finding: _Finding) -> str:
    if finding.kind in ("too_short", "too_long"):
        return str(len(finding.value) or "none")
    return described(finding.value)
