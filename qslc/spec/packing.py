"""Pack groups of coupled qubits into the connected parts of a device (bin packing)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

MAX_STEPS = 20_000
"""Most groups that a search places before it gives up; where sizes are few it needs far fewer."""

Rank = Callable[[int, int], int]
"""Rank of a room for a group, by their positions: of rooms large enough, the lowest first."""


def pack(
    sizes: Sequence[int], rooms: Sequence[int], rank: Rank = lambda *_: 0
) -> tuple[int, ...] | None:
    """Choose a room for each group, so that no room holds more than its size.

    Depth first, the largest group first, into the tightest room that the rank prefers. Rooms that
    are equally free are equal, what has failed once is not tried again, and where a group fills a
    room exactly there is no need to look at others. Groups of one fit wherever space is left.

    Returns:
        The position of a room for each group. None if there is no packing, or if none was found
        within ``MAX_STEPS``.
    """
    if sum(sizes) > sum(rooms):
        return None
    search = _Search(sizes, rooms, rank)
    return search.assign_rooms() if search.run() else None


class _Search:
    """One bounded depth-first search. Group ``order[k]`` is in room ``places[k]``."""

    def __init__(self, sizes: Sequence[int], rooms: Sequence[int], rank: Rank) -> None:
        self.sizes, self.free, self.rank = sizes, list(rooms), rank
        large = (group for group, size in enumerate(sizes) if size > 1)
        self.order = sorted(large, key=lambda group: -sizes[group])
        self.places: list[int] = []
        self.failed: set[tuple[int, ...]] = set()

    def run(self) -> bool:
        """Return whether every group of more than one found a room."""
        pending = [self._options()]
        for _ in range(MAX_STEPS):
            if len(self.places) == len(self.order):
                return True
            while pending and not pending[-1]:
                pending.pop()
                self.failed.add(self._state())
                if pending:
                    self._undo()
            if not pending:
                return False
            self._place(pending[-1].pop())
            pending.append(self._options())
        return False

    def assign_rooms(self) -> tuple[int, ...]:
        """Return the room of each group; those of one fill up the rooms in order."""
        found = dict(zip(self.order, self.places, strict=True))
        left = (room for room, space in enumerate(self.free) for _ in range(space))
        return tuple(found[g] if g in found else next(left) for g in range(len(self.sizes)))

    def _place(self, room: int) -> None:
        self.free[room] -= self.sizes[self.order[len(self.places)]]
        self.places.append(room)

    def _undo(self) -> None:
        room = self.places.pop()
        self.free[room] += self.sizes[self.order[len(self.places)]]

    def _options(self) -> list[int]:
        """Return rooms for the next group, the best last; none where all would surely fail."""
        rest = self.order[len(self.places) :]
        if not rest or self._state() in self.failed:
            return []
        group, least = rest[0], self.sizes[rest[-1]]
        if sum(self.sizes[g] for g in rest) > sum(space for space in self.free if space >= least):
            return []
        wanted = self.sizes[group]
        fitting = [room for room, space in enumerate(self.free) if space >= wanted]
        fitting.sort(key=lambda room: (self.rank(group, room), self.free[room], room))
        spaces = [self.free[room] for room in fitting]
        distinct = [room for k, room in enumerate(fitting) if spaces[k] not in spaces[:k]]
        exact = next((k for k, room in enumerate(distinct) if self.free[room] == wanted), None)
        return distinct[: None if exact is None else exact + 1][::-1]

    def _state(self) -> tuple[int, ...]:
        return len(self.places), *sorted(self.free)
