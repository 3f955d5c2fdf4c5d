"""How far many Pauli strings are from being on one vertex each, before and after a move.

The length of a string on the vertices S is about the number of two-qubit gates that gather it on
one vertex alone, |S| - 1 where S is connected, and more for each vertex between the parts of S.
With C, the size of S by the cuts between its vertices, in place of its Steiner tree that is

    length = C + holes * max(0, C - (|S| - 1)) + fill * max(0, (|S| - 1) - C).

Strings are bits of words, so that one operation of numpy measures them by the thousand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from qslc.lower.synthesis.cuts import Cuts
from qslc.lower.synthesis.moves import Bits, Letters, anticommuting, multiplied

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Measure:
    """What makes a string long.

    Args:
        holes: price of a vertex between the parts of a string.
        fill: price of a vertex of a string inside its bounding box.
    """

    holes: float = 0.7
    fill: float = 0.3


DEFAULT_MEASURE = Measure()


def total_length(support: Bits, cuts: Cuts, measure: Measure) -> Floats:
    """(frames, words): the summed length of strings that are on (frames, vertices, words)."""
    (once,) = _counts(support, cuts.sides, 1)
    crossed = once[::2] & once[1::2]
    alive, size = _sizes(support)

    def excess() -> Floats:
        less_one = _minus(_binary(support.swapaxes(0, 1)), alive)
        return _excess(_binary(crossed), less_one, alive, cuts.halved)

    return _summed(_total(crossed), size, excess, cuts, measure)


def lengths_after(
    x: Bits, z: Bits, cuts: Cuts, letters: tuple[Letters, ...], measure: Measure
) -> Floats:
    """(frames, couplers, kinds, words): the summed length of strings after each move.

    Args:
        x, z: (frames, vertices, words) the strings before.
        cuts: the couplers that may be used, and the cuts that measure.
        letters: the kinds of moves.
    """
    xa, za, xb, zb = x[:, cuts.a], z[:, cuts.a], x[:, cuts.b], z[:, cuts.b]
    after_a = [multiplied(xa, za, s, anticommuting(xb, zb, t)) for s, t in letters]
    after_b = [multiplied(xb, zb, t, anticommuting(xa, za, s)) for s, t in letters]
    at_a = np.stack([x | z for x, z in after_a], axis=2)
    at_b = np.stack([x | z for x, z in after_b], axis=2)
    was_a, was_b, support = (xa | za)[:, :, None], (xb | zb)[:, :, None], x | z
    crossed = _straddled(at_a, at_b, support, cuts)
    alive, size = _sizes(support)
    gained = np.bitwise_count(at_a).astype(np.int64) + np.bitwise_count(at_b)
    lost = np.bitwise_count(was_a).astype(np.int64) + np.bitwise_count(was_b)

    def excess() -> Floats:
        before = [digit[:, None, None] for digit in _minus(_binary(support.swapaxes(0, 1)), alive)]
        less_one = _minus(_minus(_plus(_plus(before, at_a), at_b), was_a), was_b)
        return _excess(_binary(crossed), less_one, alive[:, None, None], cuts.halved)

    size = size[:, None, None] - lost + gained
    return _summed(_total(crossed), size, excess, cuts, measure)


def lengths_after_cnots(x: Bits, z: Bits, cuts: Cuts, measure: Measure) -> Floats:
    """(frames, couplers, 2, words): the same after CNOT(a, b) and after CNOT(b, a).

    The X part and the Z part of a string are measured each for itself, since CNOTs keep them
    apart: the one changes on the target only, the other on the control only. The cuts are counted
    once for each vertex, without it and with it, and not for each coupler.
    """
    support = np.concatenate([x, z], axis=-1)
    source, target = np.concatenate([cuts.a, cuts.b]), np.concatenate([cuts.b, cuts.a])
    was, after = support[:, target], support[:, target] ^ support[:, source]
    once, twice = _counts(support, cuts.sides, 2)
    here = cuts.side_of
    others = twice[here] | once[here] & ~support.swapaxes(0, 1)
    opposite = once[here ^ 1]
    in_any_case, with_target = others & opposite, opposite & ~others
    at_target = after.swapaxes(0, 1)
    alive, size = _sizes(support)
    size = size[:, None] - np.bitwise_count(was) + np.bitwise_count(after)
    crossed = _total(in_any_case)[target] + _total(with_target[:, target] & at_target)

    def excess() -> Floats:
        numbers = np.array(_binary(np.stack([in_any_case, with_target], axis=1)))[:, :, target]
        crossed = [digit.swapaxes(0, 1) for digit in _sum(numbers[:, 0], numbers[:, 1] & at_target)]
        before = [digit[:, None] for digit in _minus(_binary(support.swapaxes(0, 1)), alive)]
        return _excess(crossed, _minus(_plus(before, after), was), alive[:, None], cuts.halved)

    crossed = np.ascontiguousarray(crossed.swapaxes(0, 1))
    lengths = _summed(crossed, size, excess, cuts, measure)
    at_b, at_a = lengths[:, : len(cuts.a)], lengths[:, len(cuts.a) :]
    words = x.shape[-1]
    forward = at_b[..., :words] + at_a[..., words:]
    backward = at_a[..., :words] + at_b[..., words:]
    return np.stack([forward, backward], axis=2)


def _sizes(support: Bits) -> tuple[Bits, Ints]:
    """(frames, words): which strings are anywhere, and their |S| - 1, summed."""
    alive = np.bitwise_or.reduce(support, axis=1)
    return alive, np.bitwise_count(support).sum(axis=1, dtype=np.int64) - np.bitwise_count(alive)


def _straddled(at_a: Bits, at_b: Bits, support: Bits, cuts: Cuts) -> Bits:
    """(cuts, frames, couplers, kinds, words): what is on both sides of a cut after a move."""
    beside, across = _apart(support, cuts)
    split, full = cuts.split[:, None, :, None, None], ~np.uint64(0)
    here = beside[:, :, :, None] | at_a | at_b & np.where(split, np.uint64(0), full)
    there = across[:, :, :, None] | at_b & np.where(split, full, np.uint64(0))
    both: Bits = here & there
    return both


def _apart(support: Bits, cuts: Cuts) -> tuple[Bits, Bits]:
    """(cuts, frames, couplers, words): what is on either side of a cut without the two ends.

    First the side that the first end of the coupler is on, then the other.
    """
    counts = _counts(support, cuts.sides, 3)
    near = cuts.side
    far, split = near ^ 1, cuts.split[:, None, :, None]
    once, twice, thrice = (count[near].swapaxes(1, 2) for count in counts)
    once_far, twice_far = (count[far].swapaxes(1, 2) for count in counts[:2])
    a, b = support[:, cuts.a], support[:, cuts.b]
    both_here = thrice | twice & ~(a & b) | once & ~(a | b)
    a_here = twice | once & ~a
    b_there = twice_far | once_far & ~b
    return np.where(split, a_here, both_here), np.where(split, b_there, once_far)


def _counts(support: Bits, sides: NDArray[np.bool_], most: int) -> list[Bits]:
    """(sides, frames, words): strings at least once, twice, up to ``most`` times on each side."""
    full = np.where(sides.T, ~np.uint64(0), np.uint64(0))
    seen = support.swapaxes(0, 1)[:, None] & full[:, :, None, None]
    counts = [np.bitwise_or.reduce(seen)]
    while len(counts) < most:
        seen = np.bitwise_or.accumulate(seen)[:-1] & seen[1:]
        counts.append(np.bitwise_or.reduce(seen))
    return counts


def _summed(
    crossed: Ints, size: Ints, excess: Callable[[], Floats], cuts: Cuts, measure: Measure
) -> Floats:
    """The summed length of strings.

    Args:
        crossed: C, summed; twice that if halved.
        size: |S| - 1, summed.
        excess: max(0, C - (|S| - 1)), summed, if need be.
    """
    if not len(cuts.sides):
        return size.astype(np.float64)
    summed = crossed / (1 + cuts.halved)
    if cuts.tree:
        return (1 + measure.holes) * summed - measure.holes * size
    length: Floats = (1 - measure.fill) * summed + measure.fill * size
    weight = measure.holes + measure.fill
    return length + weight * excess() if weight else length


def _total(crossed: Bits) -> Ints:
    """How many strings cross each cut, the first axis, all cuts together."""
    total: Ints = np.bitwise_count(crossed).sum(axis=0, dtype=np.int64)
    return total


def _value(digits: list[Bits]) -> Floats:
    """The sum of numbers over the strings of each word."""
    values = [np.bitwise_count(digit) * 2.0**k for k, digit in enumerate(digits)]
    return np.sum(values, axis=0)  # type: ignore[no-any-return]


def _binary(bits: Bits) -> list[Bits]:
    """How often each bit is set along the first axis, in binary, the lowest digit first.

    Full adders work on all bits of a word at once (Warren, "Hacker's Delight", section 5-1).
    """
    digits = []
    while len(bits):
        carries = []
        while len(bits) > 1:
            bits, carry = _added(bits)
            carries.append(carry)
        digits.append(bits[0])
        bits = np.concatenate(carries) if carries else bits[:0]
    return digits or [np.zeros(bits.shape[1:], dtype=np.uint64)]


def _added(bits: Bits) -> tuple[Bits, Bits]:
    """Threes of bits as their sums and carries; what is left over, at most two, as it is."""
    count = len(bits) // 3
    if not count:
        return bits[:1] ^ bits[1:], bits[:1] & bits[1:]
    a, b, c = bits[:count], bits[count : 2 * count], bits[2 * count : 3 * count]
    either = a ^ b
    return np.concatenate([either ^ c, bits[3 * count :]]), a & b | either & c


def _sum(some: Bits, others: Bits) -> list[Bits]:
    """The sums of two numbers, whose digits stand along the first axis."""
    carry = np.zeros_like(some[0])
    total = []
    for a, b in zip(some, others, strict=True):
        either = a ^ b
        total.append(either ^ carry)
        carry = a & b | either & carry
    return [*total, carry]


def _plus(digits: list[Bits], bit: Bits) -> list[Bits]:
    total = []
    for digit in digits:
        total.append(digit ^ bit)
        bit = digit & bit
    return [*total, bit]


def _minus(digits: list[Bits], bit: Bits) -> list[Bits]:
    """The bit is set only where the number is at least one."""
    total = []
    for digit in digits:
        total.append(digit ^ bit)
        bit = ~digit & bit
    return total


def _excess(crossed: list[Bits], size: list[Bits], alive: Bits, halved: bool) -> Floats:
    """The sum of max(0, C - size) over the strings that are alive."""
    zero = borrow = np.zeros_like(crossed[0])
    size = [zero, *size] if halved else size
    digits = []
    for a, b in zip_longest(crossed, size, fillvalue=zero):
        digits.append(a ^ b ^ borrow)
        borrow = ~a & (b | borrow) | b & borrow
    positive = alive & ~borrow
    total = _value([digit & positive for digit in digits])
    return total / 2 if halved else total
