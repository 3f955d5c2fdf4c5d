from __future__ import annotations

from collections import Counter
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qslc.spec.packing import pack


def holds(sizes, rooms, chosen) -> bool:
    used = Counter()
    for size, room in zip(sizes, chosen, strict=True):
        used[room] += size
    return all(used[room] <= space for room, space in enumerate(rooms))


@given(st.lists(st.integers(1, 6), min_size=1, max_size=6), st.lists(st.integers(1, 9), max_size=4))
@example([4, 3, 3, 2], [5, 7])  # the largest first, each into the tightest room, is not enough
def test_it_is_found_where_trying_everything_finds_one(sizes, rooms):
    every = product(range(len(rooms)), repeat=len(sizes))
    possible = any(holds(sizes, rooms, chosen) for chosen in every)
    found = pack(sizes, rooms)
    assert (found is not None) == possible
    assert found is None or holds(sizes, rooms, found)


def test_of_rooms_that_are_large_enough_the_preferred_one_is_taken():
    assert pack([3, 2], [3, 4]) == (0, 1)
    assert pack([3, 2], [3, 4], lambda group, room: -room) == (1, 0)


def test_a_preference_that_leaves_no_place_for_others_is_given_up():
    assert pack([3, 4], [3, 4], lambda group, room: int(room != 1)) == (0, 1)


@pytest.mark.parametrize("number", [2, 200])
def test_many_groups_are_packed_at_once(number):
    sizes, rooms = [5, 4, 3] * number, [7, 5] * number
    assert holds(sizes, rooms, pack(sizes, rooms))
