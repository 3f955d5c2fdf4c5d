"""The key ``circuit`` of a spec: a circuit from elsewhere that stands for encoder and ansatz."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from qslc.diagnostics import Diagnostic, InputError
from qslc.spec.base import Model
from qslc.spec.encoders import Project
from qslc.spec.places import FAULTY, Node, Problem, locate
from qslc.spec.shape import read_model

KEY = "circuit"
STANDS_FOR = ("qubits", "encoder", "ansatz")
"""The keys whose place it takes."""

SymbolName = Annotated[str, Field(min_length=1, max_length=100)]


class CircuitFile(Model):
    """A circuit in a file, in OpenQASM 2 or 3 or in Cirq's JSON."""

    file: str = Field(min_length=1, description="a file beside the spec: OpenQASM or Cirq's JSON")
    inputs: tuple[SymbolName, ...] = Field(
        (), description="symbols that are input features, in the layer's order"
    )
    weights: tuple[SymbolName, ...] | None = Field(
        None, description="the other symbols in the layer's order; by name if left out"
    )
    project: Project = "none"


@dataclass(frozen=True, slots=True)
class CircuitObject:
    """A circuit of Cirq, or the text of a file, in the place of a file."""

    source: Any
    inputs: tuple[Any, ...]
    weights: tuple[Any, ...] | None
    project: Any


@dataclass(frozen=True, slots=True)
class CircuitData:
    """A spec's data with the circuit written out in it, and what is wrong with the circuit.

    The parts that it stands for are faulty where it is.
    """

    data: Any
    found: tuple[Diagnostic, ...] = ()
    present: bool = False


def read_circuit_key(data: Any, folder: Path, root: Node | None) -> CircuitData:
    """Replace the key ``circuit`` by the parts of a spec that it stands for."""
    if not isinstance(data, Mapping) or KEY not in data:
        return CircuitData(data)
    given, rest = data[KEY], {key: value for key, value in data.items() if key != KEY}
    found = [*_find_conflicts(rest, root)]
    faulty = {**rest, **dict.fromkeys(STANDS_FOR, FAULTY)}
    if not isinstance(given, CircuitObject):
        reading = read_model(given, CircuitFile)
        found += (
            locate(Problem((KEY, *p.path), p.message, p.help, p.on_key), root, (KEY, *p.path))
            for p in reading.problems
        )
        if reading.model is None:
            return CircuitData(faulty, tuple(found), True)
        given = reading.model
    if found:
        return CircuitData(faulty, tuple(found), True)
    try:
        return CircuitData({**rest, **_read(given, folder)}, (), True)
    except InputError as error:
        places = (_place(each, root) for each in error.diagnostics)
        return CircuitData(faulty, tuple(places), True)


def _find_conflicts(rest: Mapping[str, Any], root: Node | None) -> list[Diagnostic]:
    """Return what is wrong with keys beside the circuit that say what it says."""
    problems = (
        Problem((key,), f'{KEY} stands for "{key}"', "remove one of them", on_key=True)
        for key in STANDS_FOR
        if key in rest
    )
    return [locate(problem, root, problem.path) for problem in problems]


def _read(given: CircuitFile | CircuitObject, folder: Path) -> dict[str, Any]:
    from qslc.circuits.files import read_ansatz  # Cirq takes a second to load
    from qslc.spec.source import read_text

    if isinstance(given, CircuitObject):
        return read_ansatz(given.source, given.inputs, given.weights, given.project)
    project = given.project if isinstance(given.project, str) else given.project.model_dump()
    path = folder / given.file
    return read_ansatz(read_text(path), given.inputs, given.weights, project, path)


def _place(found: Diagnostic, root: Node | None) -> Diagnostic:
    """Give a diagnostic without a place that of the file's name or of the inputs."""
    if found.span is not None:
        return found
    if found.where == "inputs":
        path = (KEY, found.where)
        return locate(Problem(path, found.message, found.help), root, path)
    if root is None:
        return found
    where = f"{found.where}: " if found.where else ""
    path = (KEY, "file")
    return locate(Problem(path, f"{where}{found.message}", found.help), root, path)


def find_path(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return where a value stands that the circuit was written out to."""
    if path[:1] == ("encoder",) and path[1:2] == ("project",):
        return (KEY, *path[1:])
    return (KEY,) if path[0] in STANDS_FOR else path
