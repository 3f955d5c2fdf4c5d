"""Read a file, a text or plain data as a checked spec, or report everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from qslc.diagnostics import Diagnostic, InputError, Span
from qslc.spec.checks import examine
from qslc.spec.circuit import find_path, read_circuit_key
from qslc.spec.model import Spec
from qslc.spec.places import FAULTY, Node, Problem, accept, locate, sort_by_place, to_plain
from qslc.spec.yaml import MAX_LENGTH, read


def read_text(path: Path) -> str:
    """Read a UTF-8 file that is not larger than a spec can be.

    Raises:
        InputError: The file does not exist, is no regular file, cannot be read, is too large, or is
            not UTF-8.
    """
    shown = str(path)
    try:
        if path.is_dir():
            raise InputError(Diagnostic(f"{shown} is a folder", help="name the file in it"))
        if path.exists() and not path.is_file():
            raise InputError(Diagnostic(f"{shown} is not a file"))
        with path.open("rb") as file:
            data = file.read(4 * MAX_LENGTH + 1)
    except FileNotFoundError:
        raise InputError(Diagnostic(f"{shown} does not exist")) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a path"
        raise InputError(Diagnostic(f"{shown} cannot be read: {reason}")) from None
    if len(data) > 4 * MAX_LENGTH:
        raise InputError(Diagnostic(f"{shown} is larger than {4 * MAX_LENGTH} bytes"))
    return _decode(data, shown)


def _decode(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig").split("\n")
        span = Span(file, len(before), len(before[-1]) + 1)
        message = f"byte 0x{error.object[error.start]:02X} is not UTF-8"
        raise InputError(Diagnostic(message, span, help="save the file as UTF-8")) from None


SPEC_KEYS = frozenset(
    {"qubits", "encoder", "ansatz", "circuit", "measure", "device", "noise", "optimize"}
    | {"execution"}
)
STUDY_KEYS = frozenset(
    {
        "base",
        "choose",
        "data",
        "evaluate",
        "methods",
        "pretraining",
        "prompt",
        "seeds",
        "training",
        "tuning",
    }
)
"""The keys of a document that only one of the two has."""


class StudyError(InputError):
    """A study stands where the spec of a sublayer is expected."""


def detect_kind(root: Node) -> Literal["spec", "study"] | None:
    """Tell by the keys of a document, some of which may be wrong, what its author wrote."""
    keys = root.value if isinstance(root.value, dict) else ()
    spec, study = (sum(key in known for key in keys) for known in (SPEC_KEYS, STUDY_KEYS))
    if spec == study:
        return None
    return "spec" if spec > study else "study"


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """A spec file: where it is, what it says, what it means."""

    path: Path
    text: str
    spec: Spec

    def __repr__(self) -> str:
        return f"<{self.path}: {self.spec!r}>"

    @contextmanager
    def locate_errors(self) -> Iterator[None]:
        """Give errors about values of the spec, raised in the ``with`` block, their places."""
        try:
            yield
        except InputError as error:
            root = read(self.text, str(self.path)).root
            raise InputError(*(_place(each, root) for each in error.diagnostics)) from None


def _place(found: Diagnostic, root: Node | None) -> Diagnostic:
    if found.span or not found.where:
        return found
    path = tuple(found.where.split("."))
    return locate(Problem(path, found.message, found.help), root, path)


def load(path: str | Path) -> Source:
    """Read and check a spec file.

    Raises:
        InputError: The spec is wrong; the error holds every diagnostic, in the order of the text.
    """
    text = read_text(Path(path))
    return Source(Path(path), text, parse(text, str(path)))


def parse(text: str, file: str = "<string>") -> Spec:
    """Read and check the YAML text of a spec.

    Args:
        text: The YAML.
        file: The name of the text in diagnostics; ``device: {file: ...}`` is read relative to its
            folder.

    Raises:
        InputError: The spec is wrong; the error holds every diagnostic, in the order of the text.
    """
    reading = read(text, file)
    if reading.root is None:
        raise InputError(*sort_by_place(reading.diagnostics, file))
    if detect_kind(reading.root) == "study":
        message = "this is a study, not the spec of a sublayer"
        raise StudyError(Diagnostic(message, Span(file, 1, 1), help=f"qslc study {file}"))
    spec, found = _check(to_plain(reading.root), Path(file).parent, reading.root)
    return accept(spec, sort_by_place((*reading.diagnostics, *found), file))


def build(data: Mapping[str, Any]) -> Spec:
    """Check a spec that is given as plain data; files are read relative to the working directory.

    Raises:
        InputError: The spec is wrong; the error holds every diagnostic, whose ``where`` names the
            value.
    """
    return accept(*_check(data, Path(), None))


def _check(
    data: Any, folder: Path, root: Node | None
) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    """Return the spec of plain data, and everything that is wrong with it or its device's file."""
    circuit = read_circuit_key(data, folder, root)
    device = _read_device(circuit.data, folder, root)
    spec, problems = examine(device.data)
    if circuit.present:
        problems = tuple(replace(each, path=find_path(each.path)) for each in problems)
    located = (_locate(each, root, device.root) for each in problems)
    return spec, (*circuit.found, *device.found, *located)


def _locate(problem: Problem, root: Node | None, device: Node | None) -> Diagnostic:
    """Place a problem in the spec, or in the device's file, where there is one."""
    path = problem.path
    if device is not None and path[:1] == ("device",) and path != ("device",):
        return locate(problem, device, path[1:])
    return locate(problem, root, path)


@dataclass(frozen=True, slots=True)
class _DeviceFile:
    """A spec's data with the device's file read into it, and what is wrong with the file.

    The device of the data is faulty where the file is. ``root`` holds the file's nodes if it holds
    a device.
    """

    data: Any
    root: Node | None = None
    found: tuple[Diagnostic, ...] = ()


def _read_device(data: Any, folder: Path, root: Node | None) -> _DeviceFile:
    """Replace the name of a device's file, relative to a folder, by what the file holds."""
    device = data.get("device") if isinstance(data, Mapping) else None
    name = device.get("file") if isinstance(device, Mapping) and len(device) == 1 else None
    if not isinstance(name, str) or not name:
        return _DeviceFile(data)
    place, path = ("device", "file"), folder / name
    try:
        reading = read(read_text(path), str(path))
        found = reading.diagnostics
        content = to_plain(reading.root) if reading.root else None
        if isinstance(content, Mapping) and "edges" in content:
            return _DeviceFile({**data, "device": content}, reading.root, found)
        if reading.root:
            message = f"{path} holds no edges"
            advice = "a device file has a line such as: edges: [[0, 1], [1, 2]]"
            found = (locate(Problem(place, message, advice), root, place), *found)
    except InputError as error:
        found = tuple(
            each if each.span else locate(Problem(place, each.message, each.help), root, place)
            for each in error.diagnostics
        )
    return _DeviceFile({**data, "device": FAULTY}, found=found)
