"""Tables of named entries: the extension points of the compiler and of studies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, fields, is_dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, Protocol, TypeVar

from qslc.diagnostics import Diagnostic, InputError


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """The name under which an entry is found."""


EntryT = TypeVar("EntryT", bound=Named)


def _find_missing(entry: object) -> Iterable[str]:
    if isinstance(entry, type):
        return getattr(entry, "__abstractmethods__", ())
    if not is_dataclass(entry):
        return ()
    required = (f.name for f in fields(entry) if f.default is f.default_factory is MISSING)
    return (name for name in required if getattr(entry, name) in (None, "", ()))


class Registry(Mapping[str, EntryT], Generic[EntryT]):
    """Map names to entries, in the order in which they were added.

    Args:
        kind: A noun for error messages, such as "gate".
        entries: Entries with distinct names.
    """

    def __init__(self, kind: str, entries: Iterable[EntryT]) -> None:
        self._kind = kind
        self._entries: dict[str, EntryT] = {}
        self._watchers: list[Callable[[], None]] = []
        for entry in entries:
            self.add(entry)

    def add(self, entry: EntryT) -> None:
        """Add an entry.

        Raises:
            TypeError: The entry is a class that does not define all that its base class asks for,
                or a dataclass whose required field is None or empty.
            ValueError: The name is taken.
        """
        if missing := ", ".join(sorted(_find_missing(entry))):
            raise TypeError(f"the {self._kind} {entry.name!r} does not define {missing}")
        if entry.name in self._entries:
            raise ValueError(f"there is already a {self._kind} {entry.name!r}")
        self._entries[entry.name] = entry
        self._notify()

    def add_entry_points(self, group: str, entry: type[EntryT]) -> None:
        """Add what other packages give, in the order of the names.

        Args:
            group: Group of entry points, such as "qslc.devices". Each has the name of its entry.
            entry: Class of the entries.

        Raises:
            InputError: An entry point cannot be loaded, or cannot be added. The message names its
                package.
        """
        for point in sorted(entry_points(group=group), key=lambda point: point.name):
            self._add_entry_point(point, entry)

    def _add_entry_point(self, point: EntryPoint, entry: type[EntryT]) -> None:
        try:
            found = point.load()
            if not isinstance(found, entry) or found.name != point.name:
                raise TypeError(f"it is not a {entry.__name__} of that name: {found!r:.80}")
            self.add(found)
        except Exception as error:
            package = point.dist.name if point.dist else "a package"
            where = f"the entry point {point.name!r} of {package} ({point.group})"
            raise InputError(Diagnostic(f"{where} cannot be loaded: {error}")) from error

    @contextmanager
    def temporarily(self, entry: EntryT) -> Iterator[None]:
        """Add an entry and remove it when the context is left."""
        self.add(entry)
        try:
            yield
        finally:
            del self._entries[entry.name]
            self._notify()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call a function after each change from now on."""
        self._watchers.append(watcher)

    def _notify(self) -> None:
        for watcher in self._watchers:
            watcher()

    def __getitem__(self, name: str) -> EntryT:
        try:
            return self._entries[name]
        except KeyError:
            known = ", ".join(self._entries)
            raise KeyError(f"unknown {self._kind} {name!r}; known are {known}") from None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
