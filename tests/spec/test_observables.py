from __future__ import annotations

import pytest

from qslc.spec.observables import ObservableError, normal_text, observables, parse


def test_keywords_and_strings_expand_in_order() -> None:
    z = (((0, "Z"),), ((1, "Z"),), ((2, "Z"),))
    zz = (((0, "Z"), (1, "Z")), ((0, "Z"), (2, "Z")), ((1, "Z"), (2, "Z")))
    assert observables("z", 3) == z
    assert observables("zz", 3) == zz
    assert observables(("Y2*X1", "zz", "z"), 3) == (((1, "X"), (2, "Y")), *zz, *z)


def test_interference_is_x_on_qubit_0_and_every_product_of_z() -> None:
    assert observables("interference", 1) == (((0, "X"),),)
    assert observables("interference", 3) == (
        ((0, "X"),),
        ((0, "X"), (2, "Z")),
        ((0, "X"), (1, "Z")),
        ((0, "X"), (1, "Z"), (2, "Z")),
    )


def test_spellings_of_one_observable_are_one_text() -> None:
    assert normal_text("Z3 * X0") == normal_text("X0*Z3") == "X0*Z3"
    assert normal_text("zz") == "zz"
    assert normal_text("no observable") == "no observable"


@pytest.mark.parametrize(
    "text", ["", "Z", "z0", "Z0*", "Z0**Z1", "-Z0", "Z01", "Z99999", "Z٣", "I0"]
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ObservableError, match="not an observable"):
        parse(text)


def test_a_qubit_occurs_once() -> None:
    with pytest.raises(ObservableError, match="qubit 4 more than once"):
        parse("Z4*X1*Y4")
