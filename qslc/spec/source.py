"""From a file, a text or plain data to a checked spec, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from qslc.diagnostics import Diagnostic, InputError, Span
from qslc.spec.device_file import read_device
from qslc.spec.examine import examine
from qslc.spec.files import read_text
from qslc.spec.kind import StudyError, kind_of
from qslc.spec.located import located, result
from qslc.spec.model import Spec
from qslc.spec.nodes import Node, plain
from qslc.spec.order import in_order
from qslc.spec.problems import Problem
from qslc.spec.yaml import read


@dataclass(frozen=True, slots=True)
class Source:
    """A spec file: where it is, what it says, what it means."""

    path: FilePath
    text: str
    spec: Spec


def load(path: str | FilePath) -> Source:
    """Reads and checks a spec file.

    Raises:
        InputError: with every diagnostic of the file, in the order of the text.
    """
    text = read_text(FilePath(path))
    return Source(FilePath(path), text, parse(text, str(path)))


def parse(text: str, file: str = "<string>") -> Spec:
    """Reads and checks the YAML text of a spec.

    Args:
        text: the YAML.
        file: its name in diagnostics; ``device: {file: ...}`` is read relative to its folder.

    Raises:
        InputError: with every diagnostic of the text, in its order.
    """
    reading = read(text, file)
    found = list(reading.diagnostics)
    if reading.root is None:
        raise InputError(*in_order(found, file))
    if kind_of(reading.root) == "study":
        message = "this is a study, not the spec of a sublayer"
        help_text = f"qslc study {file}"
        raise StudyError(Diagnostic(message, Span(file, 1, 1), help=help_text))
    device = read_device(plain(reading.root), FilePath(file).parent)
    spec, problems = examine(device.data)
    found += [_located(problem, reading.root, device.root) for problem in device.problems]
    found += [_located(problem, reading.root, device.root) for problem in problems]
    return result(spec, in_order([*found, *device.diagnostics], file))


def build(data: Mapping[str, Any], folder: FilePath) -> Spec:
    """Checks a spec that is given as plain data, as the YAML of it would be.

    Raises:
        InputError: with every diagnostic; ``where`` names the value.
    """
    device = read_device(data, folder)
    spec, problems = examine(device.data)
    found = [_located(problem, None, device.root) for problem in (*device.problems, *problems)]
    return result(spec, (*found, *device.diagnostics))


def _located(problem: Problem, root: Node | None, device: Node | None) -> Diagnostic:
    """The problem with its place in the spec, or in the device's file, where there is one."""
    path = problem.path
    if device is not None and path[:1] == ("device",) and path != ("device",):
        return located(problem, device, path[1:])
    return located(problem, root, path)
