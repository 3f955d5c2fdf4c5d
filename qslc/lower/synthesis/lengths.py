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
    straddled = once[:, ::2] & once[:, 1::2]
    alive, size = _sizes(support)

    def excess() -> Floats:
        return _excess(straddled, _minus(_binary(support), alive), alive, cuts.halved)

    return _summed(straddled, size, excess, cuts, measure)


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
    straddled = _straddled(at_a, at_b, support, cuts)
    alive, size = _sizes(support)
    gained = np.bitwise_count(at_a).astype(np.int64) + np.bitwise_count(at_b)
    lost = np.bitwise_count(was_a).astype(np.int64) + np.bitwise_count(was_b)

    def excess() -> Floats:
        less_one = [digit[:, None, None] for digit in _minus(_binary(support), alive)]
        after = _minus(_minus(_plus(_plus(less_one, at_a), at_b), was_a), was_b)
        return _excess(straddled, after, alive[:, None, None], cuts.halved)

    return _summed(straddled, size[:, None, None] - lost + gained, excess, cuts, measure)


def lengths_after_cnots(x: Bits, z: Bits, cuts: Cuts, measure: Measure) -> Floats:
    """(frames, couplers, 2, words): the same after CNOT(a, b) and after CNOT(b, a).

    The X part and the Z part of a string are measured each for itself, since CNOTs keep them
    apart: the one changes on the target only, the other on the control only.
    """
    support = np.concatenate([x, z], axis=-1)
    source, target = np.concatenate([cuts.a, cuts.b]), np.concatenate([cuts.b, cuts.a])
    was, after = support[:, target], support[:, target] ^ support[:, source]
    once, twice = _counts(support, cuts.sides, 2)
    here = cuts.side_of.T
    others = twice[:, here] | once[:, here] & ~support[:, :, None]
    opposite = once[:, here ^ 1]
    straddled = (others[:, target] | after[:, :, None]) & opposite[:, target]
    alive, size = _sizes(support)
    size = size[:, None] - np.bitwise_count(was) + np.bitwise_count(after)

    def excess() -> Floats:
        less_one = [digit[:, None] for digit in _minus(_binary(support), alive)]
        return _excess(straddled, _minus(_plus(less_one, after), was), alive[:, None], cuts.halved)

    lengths = _summed(straddled, size, excess, cuts, measure)
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
    """(frames, couplers, kinds, cuts, words): what is on both sides of a cut after a move."""
    beside, across = _apart(support, cuts)
    at_a, at_b = at_a[:, :, :, None], at_b[:, :, :, None]
    split, full = cuts.split[:, None, :, None], ~np.uint64(0)
    here = beside[:, :, None] | at_a | at_b & np.where(split, np.uint64(0), full)
    there = across[:, :, None] | at_b & np.where(split, full, np.uint64(0))
    both: Bits = here & there
    return both


def _apart(support: Bits, cuts: Cuts) -> tuple[Bits, Bits]:
    """(frames, couplers, cuts, words): what is on either side of a cut without the two ends.

    First the side that the first end of the coupler is on, then the other.
    """
    once, twice, thrice = _counts(support, cuts.sides, 3)
    near, far, split = cuts.side, cuts.side ^ 1, cuts.split[:, :, None]
    a, b = support[:, cuts.a, None], support[:, cuts.b, None]
    both_here = thrice[:, near] | twice[:, near] & ~(a & b) | once[:, near] & ~(a | b)
    a_here = twice[:, near] | once[:, near] & ~a
    b_there = twice[:, far] | once[:, far] & ~b
    return np.where(split, a_here, both_here), np.where(split, b_there, once[:, far])


def _counts(support: Bits, sides: NDArray[np.bool_], most: int) -> list[Bits]:
    """(frames, sides, words): strings at least once, twice, up to ``most`` times on each side."""
    frames, size, words = support.shape
    counts = [np.zeros((frames, len(sides), words), dtype=np.uint64) for _ in range(most)]
    full = np.where(sides, ~np.uint64(0), np.uint64(0))
    for vertex in range(size):
        here = support[:, None, vertex] & full[None, :, vertex, None]
        for k in reversed(range(1, most)):
            counts[k] |= counts[k - 1] & here
        counts[0] |= here
    return counts


def _summed(
    straddled: Bits, size: Ints, excess: Callable[[], Floats], cuts: Cuts, measure: Measure
) -> Floats:
    """The summed length of strings, from |S| - 1, which is ``size``, C and the excess of C."""
    if not len(cuts.sides):
        return size.astype(np.float64)
    crossed: Floats = np.bitwise_count(straddled).sum(axis=-2) / (1 + cuts.halved)
    if cuts.tree:
        return (1 + measure.holes) * crossed - measure.holes * size
    length: Floats = (1 - measure.fill) * crossed + measure.fill * size
    weight = measure.holes + measure.fill
    return length + weight * excess() if weight else length


def _binary(bits: Bits) -> list[Bits]:
    """How often each bit is set along the axis before the last, in binary, the lowest digit first.

    Full adders work on all bits of a word at once (Warren, "Hacker's Delight", section 5-1).
    """
    digits = []
    while bits.shape[-2]:
        carries = []
        while bits.shape[-2] > 1:
            bits, carry = _added(bits)
            carries.append(carry)
        digits.append(bits[..., 0, :])
        bits = np.concatenate(carries, axis=-2) if carries else bits[..., :0, :]
    return digits


def _added(bits: Bits) -> tuple[Bits, Bits]:
    """Threes of bits as their sums and carries; what is left over, at most two, as it is."""
    count = bits.shape[-2] // 3 * 3
    if not count:
        a, b = bits[..., 0:1, :], bits[..., 1:2, :]
        return a ^ b, a & b
    a, b, c = (bits[..., k:count:3, :] for k in range(3))
    either = a ^ b
    return np.concatenate([either ^ c, bits[..., count:, :]], axis=-2), a & b | either & c


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


def _excess(straddled: Bits, size: list[Bits], alive: Bits, halved: bool) -> Floats:
    """The sum of max(0, C - size) over the strings that are alive."""
    zero = borrow = np.zeros_like(straddled[..., 0, :])
    size = [zero, *size] if halved else size
    digits = []
    for a, b in zip_longest(_binary(straddled), size, fillvalue=zero):
        digits.append(a ^ b ^ borrow)
        borrow = ~a & (b | borrow) | b & borrow
    kept = alive & ~borrow
    total = np.zeros(kept.shape)
    for k, digit in enumerate(digits):
        total += np.bitwise_count(digit & kept) * 2.0**k
    return total / 2 if halved else total
