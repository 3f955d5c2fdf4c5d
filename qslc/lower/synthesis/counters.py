"""Arithmetic on many small numbers at once: digit k of 64 numbers is one 64-bit word.

A number is a list of digits, the lowest first. Full adders work on all bits of a word at once
(Warren, "Hacker's Delight", section 5-1).
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from qslc.lower.synthesis.moves import Bits

Digits: TypeAlias = list[Bits]


def count_bits(bits: Bits) -> Digits:
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


def add(some: Bits, others: Bits) -> Digits:
    """Add numbers whose digits stand along the first axis."""
    carry = np.zeros_like(some[0])
    total = []
    for a, b in zip(some, others, strict=True):
        either = a ^ b
        total.append(either ^ carry)
        carry = a & b | either & carry
    return [*total, carry]


def add_bit(digits: Digits, bit: Bits) -> Digits:
    """Add 1 where a bit is set."""
    total = []
    for digit in digits:
        total.append(digit ^ bit)
        bit = digit & bit
    return [*total, bit]


def subtract_bit(digits: Digits, bit: Bits) -> Digits:
    """Subtract 1 where a bit is set, which it is only where the number is at least one."""
    total = []
    for digit in digits:
        total.append(digit ^ bit)
        bit = ~digit & bit
    return total


def sum_excess(numbers: Digits, limits: Digits, among: Bits) -> NDArray[np.float64]:
    """Return the sum of max(0, number - limit) over some of the numbers of each word."""
    zero = borrow = np.zeros_like(numbers[0])
    digits = []
    for a, b in zip_longest(numbers, limits, fillvalue=zero):
        digits.append(a ^ b ^ borrow)
        borrow = ~a & (b | borrow) | b & borrow
    positive = among & ~borrow
    values = [np.bitwise_count(digit & positive) * 2.0**k for k, digit in enumerate(digits)]
    return np.sum(values, axis=0)  # type: ignore[no-any-return]
