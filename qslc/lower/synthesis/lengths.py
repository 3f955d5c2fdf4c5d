"""Measure how far many Pauli strings are from being on one vertex each, before and after a move.

The length of a string on the vertices S is about the number of two-qubit gates that gather it on
one vertex alone, |S| - 1 where S is connected, and more for each vertex between the parts of S.
With C, the size of S by the cuts between its vertices, in place of its Steiner tree that is

    length = C + holes * max(0, C - (|S| - 1)) + fill * max(0, (|S| - 1) - C).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from qslc.lower.synthesis.cuts import Cuts, Ints
from qslc.lower.synthesis.moves import Bits, Letters, find_anticommuting, multiply

Floats: TypeAlias = NDArray[np.float64]
Digits: TypeAlias = list[Bits]
"""Many small numbers: digit k of 64 of them is one word, the lowest first.

Full adders work on all bits of a word at once (Warren, "Hacker's Delight", section 5-1).
"""


@dataclass(frozen=True, slots=True)
class Measure:
    """Length of a string, in two-qubit gates.

    Args:
        holes: Price of a vertex between the parts of a string.
        fill: Price of a vertex of a string inside its bounding box.
    """

    holes: float = 0.7
    fill: float = 0.3


def compute_length(support: Bits, cuts: Cuts, measure: Measure) -> Floats:
    """Return the summed length of strings, shape (frames, words).

    Args:
        support: Bits of the strings on each vertex, shape (frames, vertices, words).
        cuts: Cuts that measure.
        measure: Prices of the length.
    """
    (once,) = _count_on_sides(support, cuts.sides, 1)
    crossed = once[::2] & once[1::2]
    alive, size = _measure_sizes(support)

    def compute_excess() -> Floats:
        less_one = _subtract_bit(_count_bits(support.swapaxes(0, 1)), alive)
        return _sum_excess(_count_bits(crossed), less_one, alive, cuts.halved)

    return _sum_lengths(_count_crossings(crossed), size, compute_excess, cuts, measure)


def compute_lengths_after(
    x: Bits, z: Bits, cuts: Cuts, letters: tuple[Letters, ...], measure: Measure
) -> Floats:
    """Return the summed length of strings after each move, shape (frames, couplers, kinds, words).

    Args:
        x: Bits of X and Y of the strings before, shape (frames, vertices, words).
        z: Bits of Z and Y.
        cuts: Couplers that may be used, and cuts that measure.
        letters: Kinds of moves.
        measure: Prices of the length.
    """
    xa, za, xb, zb = x[:, cuts.a], z[:, cuts.a], x[:, cuts.b], z[:, cuts.b]
    after_a = [multiply(xa, za, s, find_anticommuting(xb, zb, t)) for s, t in letters]
    after_b = [multiply(xb, zb, t, find_anticommuting(xa, za, s)) for s, t in letters]
    at_a = np.stack([x | z for x, z in after_a], axis=2)
    at_b = np.stack([x | z for x, z in after_b], axis=2)
    was_a, was_b, support = (xa | za)[:, :, None], (xb | zb)[:, :, None], x | z
    crossed = _find_crossing(at_a, at_b, support, cuts)
    alive, size = _measure_sizes(support)
    gained = np.bitwise_count(at_a).astype(np.int64) + np.bitwise_count(at_b)
    lost = np.bitwise_count(was_a).astype(np.int64) + np.bitwise_count(was_b)

    def compute_excess() -> Floats:
        before = _subtract_bit(_count_bits(support.swapaxes(0, 1)), alive)
        grown = _add_bit(_add_bit([digit[:, None, None] for digit in before], at_a), at_b)
        less_one = _subtract_bit(_subtract_bit(grown, was_a), was_b)
        return _sum_excess(_count_bits(crossed), less_one, alive[:, None, None], cuts.halved)

    size = size[:, None, None] - lost + gained
    return _sum_lengths(_count_crossings(crossed), size, compute_excess, cuts, measure)


def compute_lengths_after_cnots(x: Bits, z: Bits, cuts: Cuts, measure: Measure) -> Floats:
    """Return the summed length after CNOT(a, b) and CNOT(b, a), shape (frames, couplers, 2, words).

    The X part and the Z part of a string are measured each for itself, since CNOTs keep them
    apart: the one changes on the target only, the other on the control only. The cuts are counted
    once for each vertex, without it and with it, and not for each coupler.

    Args:
        x: Bits of X and Y of the strings before, shape (frames, vertices, words).
        z: Bits of Z and Y.
        cuts: Couplers that may be used, and cuts that measure.
        measure: Prices of the length.
    """
    support = np.concatenate([x, z], axis=-1)
    source, target = np.concatenate([cuts.a, cuts.b]), np.concatenate([cuts.b, cuts.a])
    was, after = support[:, target], support[:, target] ^ support[:, source]
    once, twice = _count_on_sides(support, cuts.sides, 2)
    here = cuts.side_of
    others = twice[here] | once[here] & ~support.swapaxes(0, 1)
    opposite = once[here ^ 1]
    in_any_case, with_target = others & opposite, opposite & ~others
    at_target = after.swapaxes(0, 1)
    alive, size = _measure_sizes(support)
    size = size[:, None] - np.bitwise_count(was) + np.bitwise_count(after)
    crossed = _count_crossings(in_any_case)[target] + _count_crossings(
        with_target[:, target] & at_target
    )

    def compute_excess() -> Floats:
        both = np.array(_count_bits(np.stack([in_any_case, with_target], axis=1)))[:, :, target]
        numbers = [digit.swapaxes(0, 1) for digit in _add(both[:, 0], both[:, 1] & at_target)]
        before = _subtract_bit(_count_bits(support.swapaxes(0, 1)), alive)
        less_one = _subtract_bit(_add_bit([digit[:, None] for digit in before], after), was)
        return _sum_excess(numbers, less_one, alive[:, None], cuts.halved)

    crossed = np.ascontiguousarray(crossed.swapaxes(0, 1))
    lengths = _sum_lengths(crossed, size, compute_excess, cuts, measure)
    at_b, at_a = lengths[:, : len(cuts.a)], lengths[:, len(cuts.a) :]
    words = x.shape[-1]
    forward = at_b[..., :words] + at_a[..., words:]
    backward = at_a[..., :words] + at_b[..., words:]
    return np.stack([forward, backward], axis=2)


def _measure_sizes(support: Bits) -> tuple[Bits, Ints]:
    """Return which strings are anywhere, and their |S| - 1, summed, both (frames, words)."""
    alive = np.bitwise_or.reduce(support, axis=1)
    return alive, np.bitwise_count(support).sum(axis=1, dtype=np.int64) - np.bitwise_count(alive)


def _find_crossing(at_a: Bits, at_b: Bits, support: Bits, cuts: Cuts) -> Bits:
    """Return what crosses a cut after a move, shape (cuts, frames, couplers, kinds, words)."""
    same, opposite = _leave_out_ends(support, cuts)
    split, full = cuts.split[:, None, :, None, None], ~np.uint64(0)
    here = same[:, :, :, None] | at_a | at_b & np.where(split, np.uint64(0), full)
    there = opposite[:, :, :, None] | at_b & np.where(split, full, np.uint64(0))
    both: Bits = here & there
    return both


def _leave_out_ends(support: Bits, cuts: Cuts) -> tuple[Bits, Bits]:
    """Return what is on the side of a coupler's first end, and on the other, without its ends."""
    # Both have the shape (cuts, frames, couplers, words).
    counts = _count_on_sides(support, cuts.sides, 3)
    near = cuts.side
    far, split = near ^ 1, cuts.split[:, None, :, None]
    once, twice, thrice = (count[near].swapaxes(1, 2) for count in counts)
    once_far, twice_far = (count[far].swapaxes(1, 2) for count in counts[:2])
    a, b = support[:, cuts.a], support[:, cuts.b]
    both_here = thrice | twice & ~(a & b) | once & ~(a | b)
    a_here = twice | once & ~a
    b_there = twice_far | once_far & ~b
    return np.where(split, a_here, both_here), np.where(split, b_there, once_far)


def _count_on_sides(support: Bits, sides: NDArray[np.bool_], most: int) -> list[Bits]:
    """Return what is at least once, ... ``most`` times on each side, (sides, frames, words)."""
    full = np.where(sides.T, ~np.uint64(0), np.uint64(0))
    seen = support.swapaxes(0, 1)[:, None] & full[:, :, None, None]
    counts = [np.bitwise_or.reduce(seen)]
    while len(counts) < most:
        seen = np.bitwise_or.accumulate(seen)[:-1] & seen[1:]
        counts.append(np.bitwise_or.reduce(seen))
    return counts


def _sum_lengths(
    crossed: Ints, size: Ints, compute_excess: Callable[[], Floats], cuts: Cuts, measure: Measure
) -> Floats:
    """Return the length by C (twice that on halved cuts), |S| - 1 and what C is more, summed."""
    if not len(cuts.sides):
        return size.astype(np.float64)
    summed = crossed / (1 + cuts.halved)
    if cuts.tree:
        return (1 + measure.holes) * summed - measure.holes * size
    length: Floats = (1 - measure.fill) * summed + measure.fill * size
    weight = measure.holes + measure.fill
    return length + weight * compute_excess() if weight else length


def _count_crossings(crossed: Bits) -> Ints:
    """Return how many strings cross each cut, the first axis, all cuts together."""
    total: Ints = np.bitwise_count(crossed).sum(axis=0, dtype=np.int64)
    return total


def _sum_excess(crossed: Digits, less_one: Digits, alive: Bits, halved: bool) -> Floats:
    """Return max(0, C - (|S| - 1)) summed over strings; cuts that are halved count twice C."""
    zero = borrow = np.zeros_like(crossed[0])
    limits = [zero, *less_one] if halved else less_one
    digits = []
    for a, b in zip_longest(crossed, limits, fillvalue=zero):
        digits.append(a ^ b ^ borrow)
        borrow = ~a & (b | borrow) | b & borrow
    positive = alive & ~borrow
    values = [np.bitwise_count(digit & positive) * 2.0**k for k, digit in enumerate(digits)]
    total: Floats = np.sum(values, axis=0)
    return total / 2 if halved else total


def _count_bits(bits: Bits) -> Digits:
    """Count how often each bit is set along the first axis."""
    digits = []
    while len(bits):
        carries = []
        while len(bits) > 1:
            bits, carry = _add_threes(bits)
            carries.append(carry)
        digits.append(bits[0])
        bits = np.concatenate(carries) if carries else bits[:0]
    return digits or [np.zeros(bits.shape[1:], dtype=np.uint64)]


def _add_threes(bits: Bits) -> tuple[Bits, Bits]:
    """Return threes of bits as their sums and carries; at most two that are left stay as is."""
    count = len(bits) // 3
    if not count:
        return bits[:1] ^ bits[1:], bits[:1] & bits[1:]
    a, b, c = bits[:count], bits[count : 2 * count], bits[2 * count : 3 * count]
    either = a ^ b
    return np.concatenate([either ^ c, bits[3 * count :]]), a & b | either & c


def _add(some: Bits, others: Bits) -> Digits:
    """Add numbers whose digits stand along the first axis."""
    carry = np.zeros_like(some[0])
    total = []
    for a, b in zip(some, others, strict=True):
        either = a ^ b
        total.append(either ^ carry)
        carry = a & b | either & carry
    return [*total, carry]


def _add_bit(digits: Digits, bit: Bits) -> Digits:
    """Add 1 where a bit is set."""
    total = []
    for digit in digits:
        total.append(digit ^ bit)
        bit = digit & bit
    return [*total, bit]


def _subtract_bit(digits: Digits, bit: Bits) -> Digits:
    """Subtract 1 where a bit is set, which it is only where the number is at least one."""
    total = []
    for digit in digits:
        total.append(digit ^ bit)
        bit = ~digit & bit
    return total
