from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qslc.spec.expression import (
    Binary,
    Expression,
    ExpressionError,
    Negative,
    Number,
    Pi,
    Symbol,
    find_symbols,
    normalize,
    parse,
)


def evaluate(expression: Expression, names: dict[str, float]) -> float:
    """Return the expression as a number: an independent reading of the tree."""
    match expression:
        case Number(number):
            return number
        case Pi():
            return math.pi
        case Symbol(name):
            return names[name]
        case Negative(operand):
            return -evaluate(operand, names)
        case Binary(operator, left, right):
            a, b = evaluate(left, names), evaluate(right, names)
            return {
                "+": lambda: a + b,
                "-": lambda: a - b,
                "*": lambda: a * b,
                "/": lambda: a / b,
                "**": lambda: a**b,
            }[operator]()


def test_the_tree_of_the_docstring() -> None:
    expected = Binary("+", Binary("*", Number(2), Symbol("phi")), Binary("/", Pi(), Number(4)))
    assert parse("2*phi + pi/4") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-phi**2", -0.25),
        ("(-phi)**2", 0.25),
        ("1 - 2 - 3", -4),
        ("2*(phi + psi)/4", 1.0),
        ("+phi", 0.5),
        ("1e-1 + .5 + 2.", 2.6),
        ("pi/2 - theta", math.pi / 2 - 3),
        ("phi**0", 1),
    ],
)
def test_values(text: str, expected: float) -> None:
    names = {"phi": 0.5, "psi": 1.5, "theta": 3.0}
    assert evaluate(parse(text), names) == pytest.approx(expected)
    assert evaluate(parse(normalize(text)), names) == pytest.approx(expected)


def test_spacing_does_not_matter_but_the_tree_does() -> None:
    assert normalize("2*phi+pi/4") == normalize(" 2 * (phi) + pi / 4 ") == "2 * phi + pi / 4"
    assert normalize("2*(phi+pi)/4") != normalize("2*phi+pi/4")


def test_symbols_in_order_and_once() -> None:
    assert find_symbols(parse("psi*phi - 2*psi + pi*theta")) == ("psi", "phi", "theta")


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "phi psi", "phi +", "__import__('os').system('x')", "(lambda: 0)()", "phi.real",
        "phi[0]", "[phi]", "{}", "'phi'", "b'x'", "f'{phi}'", "phi if phi else 1", "phi < 1",
        "phi and psi", "not phi", "~1", "1 // 2", "1 % 2", "1 @ 2", "1 << 2", "phi := 1", "*phi",
        "2j", "True", "None", "...", "1e999", "1e7", "9**9", "phi**-1", "phi**0.5", "phi**psi",
        "a*1e6*10", "(a*1e6*1e6*1e6*1e6*1e6*1e6)**10", "a/1e-9/1e-9", "(a + 10*pi)**10",
        "phi**11", "(phi**4)**4", "1/0", "1/(pi - pi)", "1/(1/49*49 - 1)", "1/phi", "x_0", "x_1",
        "theta_01", "theta12", "_phi", "__class__", "φ", "ｐｈｉ", "a" * 33, "phi\n+ psi", "phi\0",
        "phi;psi", "phi # psi", "import os", "((((1/3)**10)**10)**10)", "(a+b)*" * 30 + "c",
        "(a+b+c+d+e+f)**10", "(" * 99 + ")" * 99, "(" * 150, "-" * 500 + "1", "9" * 200, "1" * 5000,
    ],
)  # fmt: skip
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)
    with pytest.raises(ExpressionError):
        normalize(text)


@given(st.text(alphabet="ab1.+-*/() pi\teE_jx0[]'#:,~\\\"", max_size=40))
def test_any_text_is_a_tree_or_an_expression_error(text: str) -> None:
    try:
        tree = parse(text)
    except ExpressionError:
        return
    assert parse(normalize(text)) == parse(normalize(normalize(text)))
    assert find_symbols(parse(normalize(text))) == find_symbols(tree)
