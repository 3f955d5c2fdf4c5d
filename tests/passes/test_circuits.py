"""What each pass makes of small circuits: gates, and the observables where these matter."""

from __future__ import annotations

import pytest
from hypothesis import given

from qslc.passes import Pass
from qslc.passes.levels import (
    ABSORB_CLIFFORDS,
    CANCEL_INVERSES,
    FUSE_ROTATIONS,
    KNOWN_STATES,
    LIGHT_CONE,
)
from tests.passes.pass_programs import circuit, observable, program, programs

RING = "cnot 0 1; cnot 1 2; cnot 2 0"
COMMUTING = "rz(a) 0; cz 0 2; rx(a) 1; cnot 2 1"

CANCEL = {
    **{
        f"two of {gate}": (f"{gate}; {gate}", "")
        for gate in ("h 0", "x 1", "z 2", "cnot 0 1", "cz 2 1", "swap 0 2")
    },
    "CZ either way round": ("cz 0 1; cz 1 0", ""),
    "SWAP either way round": ("swap 0 1; swap 1 0", ""),
    "commuting gates between": (f"cnot 0 1; {COMMUTING}; cnot 0 1", COMMUTING),
    "pairs around pairs": (
        "cnot 0 1; h 0; cz 1 2; x 0; x 0; cz 2 1; h 0; cnot 0 1",
        "",
    ),
    "of three one stays": ("h 0; h 0; h 0", "h 0"),
}
CANCEL_NOT = (
    "s 0; s 0",
    "t 0; t 0",
    "cnot 0 1; cnot 1 0",
    *(
        f"cnot 0 1; {between}; cnot 0 1"
        for between in ("h 0", "ry(a) 0", "x 0", "cnot 1 2", "z 1", "swap 0 2")
    ),
)

FUSE = {
    **{
        f"angles of {gate} {on}": (f"{gate}(a) {on}; {gate}(b) {on}; {gate}(a) {on}",
                                   f"{gate}(2*a+b) {on}")
        for gate, on in (("rx", 0), ("ry", 1), ("rz", 2), ("crx", "0 1"), ("cry", "1 2"),
                         ("crz", "2 0"), ("rzz", "0 1"))
    },
    **{
        f"{gate} either way round": (f"{gate}(a) 0 1; {gate}(b) 1 0", f"{gate}(a+b) 0 1")
        for gate in ("rxx", "ryy", "rzz")
    },
    "products of symbols are expanded": ("rz(a*(a+b)) 0; rz(-a*b) 0", "rz(a**2) 0"),
    "opposite ones let their neighbors meet": ("rx(a) 0; ry(b) 0; ry(-b) 0; rx(-a) 0", ""),
    "commuting gates between": (
        "rz(a) 0; cnot 0 1; cz 0 2; rx(b) 1; rz(b) 0",
        "rz(a+b) 0; cnot 0 1; cz 0 2; rx(b) 1",
    ),
    "T and T": ("t 0; t 0", "s 0"),
    "S and S": ("s 0; s 0", "z 0"),
    "Z and a quarter back": ("z 0; rz(-pi/2) 0", "s 0"),
    "half a turn": ("rz(-pi) 0", "z 0"),
    "an eighth and a full turn": ("rz(9*pi/4) 0", "t 0"),
    "two quarters": ("rx(pi/2) 0; rx(pi/2) 0", "x 0"),
    "a named gate and a rotation": ("s 0; rz(a) 0; rx(a) 1; x 1", "rz(a+pi/2) 0; rx(a+pi) 1"),
    "full turns": ("ry(2*pi) 0; rzz(-2*pi) 0 1", ""),
    "two full turns under control": ("cry(2*pi) 0 1; cry(2*pi) 0 1", ""),
    "an angle that multiplies out to zero": ("ry((a+b)**2-a**2-2*a*b-b**2) 0", ""),
}  # fmt: skip
FUSE_NOT = (
    "crz(a) 0 1; crz(a) 1 0",
    "ry(a) 0; cnot 0 1; ry(b) 0",
    "cry(2*pi) 0 1",
    "ry(a*(b+1/2)) 0",
)

CONE = {
    "what reaches no observable": ("ry(a) 0; cnot 0 1; ry(b) 2; h 0 | Z1", "ry(a) 0; cnot 0 1"),
    "what is diagonal, before Z": (
        "ry(a) 0; cz 0 1; rzz(a) 1 2; t 2; rz(b) 0; crz(a) 2 0 | Z0 Z1*Z2",
        "ry(a) 0",
    ),
    "what is along X, before X": ("rx(a) 0; rxx(b) 0 1 | X0 X0*X1", ""),
    "a CNOT whose target is not seen": ("cnot 0 1 | Z0", ""),
    "what is along the axis of all that follows": ("rz(b) 0; crx(a) 0 1 | Z1", "crx(a) 0 1"),
    "H and SWAP where nothing is measured": ("h 0; swap 0 1 | Z2", ""),
}
CONE_NOT = (
    "cnot 1 0 | Z0",
    "rx(b) 0; crx(a) 0 1 | Z1",
    "rz(a) 0 | Z0 X0",
    "h 0; swap 0 1 | Z0 Z1",
)

ABSORB = {
    "cnot and Z": ("cnot 0 1 | Z0 Z1 Z0*Z1", " | Z0 Z0*Z1 Z1"),
    "cnot and X": ("cnot 0 1 | X0 X1 Y0*Y1", " | X0*X1 X1 -X0*Z1"),
    "cz": ("cz 0 1 | X0 X1 Z0", " | X0*Z1 Z0*X1 Z0"),
    "swap": ("swap 0 2 | Z0 Z1 X2", " | Z2 Z1 X0"),
    "x": ("x 0 | Z0 Z1", " | -Z0 Z1"),
    "z": ("z 0 | X0 Y1", " | -X0 Y1"),
    "h and Z": ("h 0 | Z0", " | X0"),
    "h and Y": ("h 0 | Y0", " | -Y0"),
    "s and X": ("s 0 | X0", " | -Y0"),
    "s and Y": ("s 0 | Y0", " | X0"),
    "a sign twice": ("x 0 | -Z0", " | Z0"),
    "a quarter turn": ("ry(pi/2) 0 | Z0", " | -X0"),
    "quarters back and ahead": ("rx(-pi/2) 0; ry(3*pi) 1 | Z0 Z1", " | -Y0 -Z1"),
    "a quarter turn of two": ("rxx(pi/2) 0 1 | Z0", " | Y0*X1"),
    "half a turn under control": ("cry(pi) 0 1 | Z0 Z1", " | Z0 Z0*Z1"),
    "a weight that commutes with every observable": ("rxx(a) 0 1 | Z0*Z1 X2", " | Z0*Z1 X2"),
    "up to a gate that stays": (
        "cnot 0 1; ry(a) 1; cnot 1 2 | Z0 Z1 Z2",
        "cnot 0 1; ry(a) 1 | Z0 Z1 Z1*Z2",
    ),
    "past a gate that it commutes with": ("cnot 0 1; rx(a) 1 | Z1", "rx(a) 1 | Z0*Z1"),
    "a ring of CNOTs": (f"{RING} | Z0 Z1 Z2", " | Z1*Z2 Z0*Z1 Z0*Z1*Z2"),
}
# What could be measured in one setting would not be after the second one.
ABSORB_NOT = ("cry(pi/2) 0 1 | Z1", "cz 0 1 | X0 X1")

KNOWN = {
    "Z on zeros": ("rz(a) 0; t 0; z 1", ""),
    "zeros in control": ("cnot 0 1; cz 0 1; cry(a) 2 0", ""),
    "diagonal rotations of zeros": ("rzz(a) 0 1; crz(b) 1 2", ""),
    "a SWAP of zeros": ("swap 0 1", ""),
    "ones in control": ("x 0; cnot 0 1; cry(a) 0 2; cz 1 2", "x 0; x 1; ry(a) 2; z 2"),
    "a target in plus": (
        "h 1; ry(a) 0; cnot 0 1; crx(b) 0 1",
        "h 1; ry(a) 0; rz(-b/2) 0",
    ),
    "a target in minus": (
        "x 1; h 1; ry(a) 0; cnot 0 1; rxx(b) 0 1",
        "x 1; h 1; ry(a) 0; z 0; rx(-b) 0",
    ),
    "S makes an eigenstate of Y": ("h 0; s 0; ry(a) 0; ryy(b) 0 1", "h 0; s 0; ry(b) 1"),
    "a SWAP takes states along": (
        "ry(a) 0; swap 0 1; rz(b) 0; rz(b) 1",
        "ry(a) 0; swap 0 1; rz(b) 1",
    ),
}
KNOWN_NOT = ("ry(a) 0; cnot 0 1; rz(b) 1",)

EXAMPLES = (
    (CANCEL_INVERSES, "any", CANCEL, CANCEL_NOT),
    (FUSE_ROTATIONS, "any", FUSE, FUSE_NOT),
    (LIGHT_CONE, "any", CONE, CONE_NOT),
    (ABSORB_CLIFFORDS, "any", ABSORB, ABSORB_NOT),
    (KNOWN_STATES, "zero", KNOWN, KNOWN_NOT),
    (KNOWN_STATES, "any", {}, [before for before, _ in KNOWN.values()]),
)


@pytest.mark.parametrize(
    ("pass_", "start", "before", "after"),
    [
        pytest.param(pass_, start, before, after, id=f"{pass_.name}: {title}")
        for pass_, start, changed, kept in EXAMPLES
        for title, (before, after) in (*changed.items(), *((text, (text, text)) for text in kept))
    ],
)
def test_a_pass_makes_of_a_circuit(pass_: Pass, start: str, before: str, after: str):
    gates, _, measured = before.partition(" | ")
    left, _, renamed = after.partition(" | ")
    written = program(*circuit(gates), measure=measured or "Z0 Z1 Z2", start=start)
    found = pass_.apply(written)
    assert found.operations == circuit(left)
    assert found.observables == (tuple(map(observable, renamed.split())) or written.observables)
    assert found.weights == written.weights


@given(programs(start="any"))
def test_one_letter_per_qubit_stays_one_letter_per_qubit(before):
    def letters(program):
        pairs = {pair for string in program.observables for pair in string.paulis}
        return len(pairs) == len({qubit for qubit, _ in pairs})

    assert letters(ABSORB_CLIFFORDS.apply(before)) or not letters(before)
