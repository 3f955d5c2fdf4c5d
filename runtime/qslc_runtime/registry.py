"""Tables of named entries: the extension points of the runtime."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, fields, is_dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, Protocol, TypeVar

from qslc_runtime.extras import explain_missing


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """The name under which an entry is found."""


EntryT = TypeVar("EntryT", bound=Named)


class Registry(Mapping[str, EntryT], Generic[EntryT]):
    """Map names to entries, in the order in which they were added.

    Args:
        kind: A noun for error messages, such as "engine".
        entries: Entries with distinct names.
        lazy: Where other entries are, as "module:attribute" by name. They are imported when they
            are asked for.
        group: Group of entry points by which other packages add entries; imported likewise.
    """

    def __init__(
        self,
        kind: str,
        entries: Iterable[EntryT] = (),
        lazy: Mapping[str, str] | None = None,
        group: str = "",
    ) -> None:
        self._kind = kind
        self._entries: dict[str, EntryT] = {}
        self._points = {n: EntryPoint(n, where, group) for n, where in (lazy or {}).items()}
        for point in sorted(entry_points(group=group), key=lambda point: point.name):
            if point.name in self._points:
                raise ValueError(f"a {kind} of that name exists already: see {_describe(point)}")
            self._points[point.name] = point
        for entry in entries:
            self.add(entry)

    def add(self, entry: EntryT) -> None:
        """Add an entry.

        Raises:
            TypeError: It does not say all that it must: an attribute that the class of entries
                asks for is missing, or a field of a dataclass without a default is empty.
            ValueError: The name is taken.
        """
        self._check(entry)
        if entry.name in self:
            raise ValueError(f"the {self._kind} {entry.name!r} exists already")
        self._entries[entry.name] = entry

    @contextmanager
    def temporarily(self, entry: EntryT) -> Iterator[None]:
        """Add an entry and remove it when the context is left."""
        self.add(entry)
        try:
            yield
        finally:
            del self._entries[entry.name]

    def __getitem__(self, name: str) -> EntryT:
        """Return the entry of a name.

        Raises:
            KeyError: There is none.
            ImportError: It cannot be imported; the message names the package.
            TypeError: It does not say all that it must.
        """
        if name not in self._entries and name in self._points:
            entry = _load(self._points[name])
            self._check(entry)
            self._entries[name] = entry
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self._points or name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._points, *self._entries)))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _check(self, entry: EntryT) -> None:
        if missing := ", ".join(sorted(_find_missing(entry))):
            raise TypeError(f"the {self._kind} {entry.name!r} does not define {missing}")


def _find_missing(entry: Any) -> Iterator[str]:
    if isinstance(entry, type):
        yield from getattr(entry, "__abstractmethods__", ())
        for name in getattr(entry, "REQUIRED", ()):
            if getattr(entry, name, None) in (None, ""):
                yield name
    elif is_dataclass(entry):
        for field in fields(entry):
            required = field.default is field.default_factory is MISSING
            value = getattr(entry, field.name)
            if value in ("", ()) or (required and value is None):
                yield field.name


def _load(point: EntryPoint) -> Any:
    try:
        entry = point.load()
    except ModuleNotFoundError as error:
        message = f"{_describe(point)} cannot be loaded: {explain_missing(error)}"
        raise ModuleNotFoundError(message, name=error.name) from error
    except Exception as error:
        raise ImportError(f"{_describe(point)} cannot be loaded: {error}") from error
    if getattr(entry, "name", None) != point.name:
        raise ImportError(f"{_describe(point)} is {entry!r:.80}, which does not have that name")
    return entry


def _describe(point: EntryPoint) -> str:
    package = f" of {point.dist.name}" if point.dist else ""
    return f"the entry point {point.name!r}{package} ({point.group})"
