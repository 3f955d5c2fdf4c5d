"""Tables of named entries: the extension points of the compiler and of studies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """The name under which an entry is found."""


EntryT = TypeVar("EntryT", bound=Named)


class Registry(Mapping[str, EntryT], Generic[EntryT]):
    """Map names to entries, in the order in which they were added.

    Args:
        kind: A noun for error messages, such as "gate".
        entries: Entries with distinct names.
    """

    def __init__(self, kind: str, entries: Iterable[EntryT]) -> None:
        self._kind = kind
        self._entries: dict[str, EntryT] = {}
        for entry in entries:
            self.add(entry)

    def add(self, entry: EntryT) -> None:
        """Add an entry.

        Raises:
            ValueError: The name is taken.
        """
        if entry.name in self._entries:
            raise ValueError(f"there is already a {self._kind} {entry.name!r}")
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
        try:
            return self._entries[name]
        except KeyError:
            known = ", ".join(self._entries)
            raise KeyError(f"unknown {self._kind} {name!r}; known are {known}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
