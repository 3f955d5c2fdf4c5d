"""Angles as a user may write them."""

from __future__ import annotations

from hypothesis import strategies as st

from qslc.spec.expression import ExpressionError, parse

LEAVES = ("a", "b", "theta", "pi", "1", "2", "7", "0.3", "2.5e-3", "1e5", "0.1234567890123456789")


def angle_expressions() -> st.SearchStrategy[str]:
    """Sums, differences, products, quotients and powers that the whitelist reads."""
    return st.recursive(st.sampled_from(LEAVES), _composed, max_leaves=6).filter(_is_angle)


def _composed(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(parts, st.sampled_from("+-*/"), parts)
    powers = st.tuples(parts, st.integers(0, 4))
    return (
        pairs.map(lambda each: f"({each[0]} {each[1]} {each[2]})")
        | powers.map(lambda each: f"({each[0]})**{each[1]}")
        | parts.map(lambda each: f"-({each})")
    )


def _is_angle(text: str) -> bool:
    try:
        parse(text)
    except ExpressionError:
        return False
    return True
