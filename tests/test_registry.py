from __future__ import annotations

from dataclasses import dataclass

import pytest

from qslc.registry import Registry


@dataclass(frozen=True, slots=True)
class Fruit:
    name: str
    sour: bool = False


def test_entries_keep_their_order_and_are_found_by_name() -> None:
    fruits = Registry("fruit", [Fruit("pear"), Fruit("apple")])
    assert list(fruits) == ["pear", "apple"]
    assert fruits["apple"] == Fruit("apple")
    assert "plum" not in fruits


def test_an_unknown_name_is_told_what_is_known() -> None:
    fruits = Registry("fruit", [Fruit("pear"), Fruit("apple")])
    with pytest.raises(KeyError, match="unknown fruit 'plum'; known are pear, apple"):
        fruits["plum"]
    assert fruits.get("plum") is None


def test_a_name_is_taken_once() -> None:
    fruits = Registry("fruit", [Fruit("pear")])
    with pytest.raises(ValueError, match="there is already a fruit 'pear'"):
        fruits.add(Fruit("pear", sour=True))
    assert fruits["pear"] == Fruit("pear")


def test_a_temporary_entry_leaves_even_after_an_error() -> None:
    fruits = Registry("fruit", [Fruit("pear")])
    with pytest.raises(RuntimeError), fruits.temporarily(Fruit("plum")):
        assert list(fruits) == ["pear", "plum"]
        raise RuntimeError
    assert list(fruits) == ["pear"]


def test_an_entry_without_a_required_field_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="the fruit '' does not define name"):
        Registry("fruit", [Fruit("")])
