"""Names of parameters that OpenQASM 3 does not already use for something else."""

from __future__ import annotations

from collections.abc import Iterable

_KEYWORDS = """
OPENQASM include defcalgrammar def cal defcal gate extern box let break continue if else end return
for while in switch case default pragma input output const readonly mutable qreg qubit creg bool bit
int uint float angle complex array void duration stretch gphase inv pow ctrl negctrl durationof
delay reset measure barrier true false im pi tau euler π τ ℇ nop U
"""
_FUNCTIONS = """
arccos arcsin arctan ceiling cos exp floor log mod popcount real imag rotl rotr sin sizeof sqrt tan
"""
_GATES = """
CX p x y z h s sdg t tdg sx rx ry rz cx cy cz cp crx cry crz ch swap ccx cswap cu phase cphase id
u1 u2 u3 rxx ryy rzz q
"""
RESERVED = frozenset(f"{_KEYWORDS} {_FUNCTIONS} {_GATES}".split())
"""Keywords, constants, functions, gates of stdgates.inc, and what our output declares."""


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """An OpenQASM identifier for each name: itself, or with underscores added where it is taken."""
    wanted = tuple(names)
    taken = set(RESERVED) | set(wanted)
    found: dict[str, str] = {}
    for name in wanted:
        found[name] = _free(name, taken) if name in RESERVED else name
        taken.add(found[name])
    return found


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
