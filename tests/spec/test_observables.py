from __future__ import annotations

import pytest

from qslc.spec import parse as parse_spec
from qslc.spec.observables import (
    KEYWORDS,
    ObservableError,
    expand_measure,
    format_terms,
    interpret,
    normalize,
    parse,
)

SPEC = """qslc: 1
name: demo
qubits: 2
encoder: {{kind: none}}
ansatz: {{depth: 1, entangler: none}}
measure: {}
"""


def test_keywords_and_strings_expand_in_order() -> None:
    z = (((0, "Z"),), ((1, "Z"),), ((2, "Z"),))
    zz = (((0, "Z"), (1, "Z")), ((0, "Z"), (2, "Z")), ((1, "Z"), (2, "Z")))
    assert expand_measure("z", 3) == z
    assert expand_measure("zz", 3) == zz
    assert expand_measure(("Y2*X1", "zz", "z"), 3) == (((1, "X"), (2, "Y")), *zz, *z)


def test_wide_interference_has_at_most_one_x_more() -> None:
    strings = [format_terms(terms) for terms in expand_measure("wide_interference", 3)]
    interference = ["X0", "X0*Z2", "X0*Z1", "X0*Z1*Z2"]
    assert strings == [*interference, "X0*X1", "X0*X1*Z2", "X0*X2", "X0*Z1*X2"]
    for qubits in range(1, 7):
        count = KEYWORDS["wide_interference"].count(qubits)
        assert len(set(expand_measure("wide_interference", qubits))) == count


def test_interference_is_x_on_qubit_0_and_every_product_of_z() -> None:
    assert expand_measure("interference", 1) == (((0, "X"),),)
    assert expand_measure("interference", 3) == (
        ((0, "X"),),
        ((0, "X"), (2, "Z")),
        ((0, "X"), (1, "Z")),
        ((0, "X"), (1, "Z"), (2, "Z")),
    )


def test_spellings_of_one_observable_are_one_text() -> None:
    assert normalize("Z3 * X0") == normalize("X0*Z3") == "X0*Z3"
    assert normalize("zz") == "zz"
    assert normalize("no observable") == "no observable"


@pytest.mark.parametrize(
    "text", ["", "Z", "z0", "Z0*", "Z0**Z1", "-Z0", "Z01", "Z99999", "Z٣", "I0"]
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ObservableError, match="not an observable"):
        parse(text)


def test_a_qubit_occurs_once() -> None:
    with pytest.raises(ObservableError, match="qubit 4 more than once"):
        parse("Z4*X1*Y4")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ZZII", "Z0*Z1"),
        ("zzii", "Z0*Z1"),
        ("IZ", "Z1"),
        ("Z", "Z0"),
        ("X I Y", "X0*Y2"),
        ("Z @ Z", "Z0*Z1"),
        ("Z0Z1", "Z0*Z1"),
        ("Z0 Z1", "Z0*Z1"),
        ("Z_0*Z_1", "Z0*Z1"),
        ("z3*i1*x0", "X0*Z3"),
        ("PauliZ(0) @ PauliX(12)", "Z0*X12"),
        ("Z[0], Z[1]", "Z0*Z1"),
        ("Z01", "Z1"),
    ],
)
def test_other_notations_are_understood(text: str, meant: str) -> None:
    assert interpret(text) == normalize(meant) == meant


@pytest.mark.parametrize("text", ["", "II", "I0", "Z0*Z", "Z0 Z0", "Q1", "-Z0", "Z1 0", "Z99999"])
def test_what_is_no_pauli_string_in_any_notation_is_not_guessed(text: str) -> None:
    assert interpret(text) is None


def test_a_pauli_string_may_stand_alone() -> None:
    def measured(measure: str) -> object:
        return parse_spec(SPEC.format(measure)).measure

    assert measured("Z0*X1") == measured('["X1 * Z0"]') == ("Z0*X1",)
    assert measured("zz") == measured("[zz]") == "zz"
