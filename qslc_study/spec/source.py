"""Read a file as a checked study, or say everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qslc.diagnostics import Diagnostic, InputError, Span
from qslc.spec import Source as SublayerSource
from qslc.spec import load as load_sublayer
from qslc.spec.places import Node, Problem, accept, locate, sort_by_place, to_plain
from qslc.spec.shape import read_model
from qslc.spec.source import StudyError, detect_kind, read_text
from qslc.spec.yaml import read
from qslc_study.spec.checks import check
from qslc_study.spec.model import Study, make_study_model


@dataclass(frozen=True, repr=False)
class Source:
    """A study file: where it is, what it means, and the sublayers of its arms by name.

    ``folder`` is where the files are that the study names, if they are not beside it; ``root`` is
    its text as nodes.
    """

    path: Path
    study: Study
    sublayers: Mapping[str, SublayerSource]
    folder: Path | None
    root: Node

    def __repr__(self) -> str:
        return f"<{self.path}: {self.study!r}>"

    def resolve(self, name: str) -> Path:
        """Return the path of a model or data file that the study names."""
        return (self.folder or self.path.parent) / name

    @contextmanager
    def locate_errors(self, *path: str) -> Iterator[None]:
        """Give errors that have no place that of the value at ``path`` in the study."""
        try:
            yield
        except InputError as error:
            raise InputError(*_locate_faults(error, path, self.root)) from None


def load(path: str | os.PathLike[str], folder: Path | None = None) -> Source:
    """Read and check a study and the specs of its sublayers.

    Args:
        folder: Where the models and data are that the study names; beside it, if not given.

    Raises:
        InputError: The study is wrong; each fault has a diagnostic, in the order of the text.
    """
    path = Path(path)
    reading = read(read_text(path), str(path))
    if reading.root is None:
        raise InputError(*sort_by_place(reading.diagnostics, str(path)))
    if detect_kind(reading.root) == "spec":
        message = "this is the spec of a sublayer, not a study"
        advice = f"qslc compile {path}; in a study: methods: qsl: {{method: qsl, ansatz: {path}}}"
        raise InputError(Diagnostic(message, Span(str(path), 1, 1), help=advice))
    shaped = read_model(to_plain(reading.root), make_study_model())
    problems = [*shaped.problems, *(check(shaped.model) if shaped.model else ())]
    found = [locate(problem, reading.root, problem.path) for problem in problems]
    study = accept(shaped.model, sort_by_place([*reading.diagnostics, *found], str(path)))
    return Source(path, study, _load_sublayers(study, path, reading.root), folder, reading.root)


def _load_sublayers(study: Study, path: Path, root: Node) -> dict[str, SublayerSource]:
    loaded: dict[str, SublayerSource] = {}
    faults: list[Diagnostic] = []
    for name, arm in study.methods.items():
        if arm.spec_file is None:
            continue
        file, place = path.parent / arm.spec_file, ("methods", name, "ansatz")
        try:
            loaded[name] = load_sublayer(file)
        except StudyError:
            problem = Problem(place, f"{file} is a study, not the spec of a sublayer")
            faults.append(locate(problem, root, place))
        except InputError as error:
            faults += _locate_faults(error, place, root)
    if faults:
        raise InputError(*dict.fromkeys(faults))
    return loaded


def _locate_faults(error: InputError, path: tuple[str, ...], root: Node) -> Iterator[Diagnostic]:
    """Yield faults in a sublayer's file as they are, of the file itself where it is named."""
    for diagnostic in error.diagnostics:
        if diagnostic.span:
            yield diagnostic
        else:
            yield locate(Problem(path, diagnostic.message, diagnostic.help), root, path)
