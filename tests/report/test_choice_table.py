from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from qslc.ir.steps import Alternative
from qslc.passes.levels import NATIVE_PASSES, PASSES
from qslc.report.compilation.choice import tabulate_ways
from qslc.report.compilation.explanations import EXPLANATIONS, explain_steps

PLACED = Alternative("chosen", "place", "no swap", 3, 6, 54)
FOUND = Alternative("finalist", "synthesize", "on 6 device qubits", 4, 5, 80)
ROUTED = Alternative("compared", "route", "2 swaps", 6, 9, 324)
SKIPPED = Alternative("skipped", "route", "without SWAPs it fits")


def tabulate(*alternatives: Alternative, objective: str = "depth"):
    return tabulate_ways([asdict(each) for each in alternatives], objective)


def test_ways_that_came_out_the_same_share_a_row():
    rows = tabulate(PLACED, FOUND, FOUND, FOUND, ROUTED, SKIPPED).table.rows
    assert [row[0].tone for row in rows] == ["chosen", "finalist", "compared", "skipped"]
    assert [row[2].note for row in rows[:3]] == ["", "2 more alike", ""]
    assert rows[0] == ("chosen", "place", "no swap", "3", "6", "54")
    assert rows[3] == ("skipped", "route", "without SWAPs it fits", "", "", "")


WORSE = Alternative("finalist", "place", "elsewhere", 4, 6, 96)


@pytest.mark.parametrize(
    ("alternatives", "end"),
    [
        (
            (PLACED, WORSE, FOUND, ROUTED),
            "synthesize, has depth 4 and 5 gates: 1.48 times the cost.",
        ),
        ((PLACED, WORSE), "place (elsewhere), has depth 4 and 6 gates: 1.78 times the cost."),
        ((PLACED,), "won with depth 3 and 6 gates; nothing else came out."),
        ((PLACED, PLACED, SKIPPED), "won with depth 3 and 6 gates; nothing else came out."),
        ((PLACED, replace(ROUTED, cost=54)), "as good in this, and a tie-break decided."),
        ((replace(PLACED, cost=0), ROUTED), "this has none."),
    ],
    ids=["another method", "the same method", "alone", "no rival", "a tie", "no gate"],
)
def test_the_best_other_method_or_else_the_next_of_the_same_is_the_rival(alternatives, end):
    why = tabulate(*alternatives).why
    assert "Here place (no swap) won with depth 3 and 6 gates" in why
    assert why.endswith(end)


def test_gates_are_counted():
    fewest = Alternative("chosen", "synthesize", "", 4, 5, 5)
    other = Alternative("finalist", "place", "no swap", 3, 6, 6)
    found = tabulate(fewest, other, objective="gates")
    assert found.why.endswith("place (no swap), has depth 3 and 6 gates: 1 gate more.")
    assert found.table.head[-1] == "cost"


def test_errors_are_compared():
    best = Alternative("chosen", "synthesize", "", 3, 6, 0.05)
    worse = Alternative("finalist", "route", "9 swaps", 3, 6, 0.1)
    found = tabulate(best, worse, objective="fidelity")
    assert [row[-1] for row in found.table.rows] == ["0.05", "0.1"]
    assert found.table.head[-1] == "error"
    assert found.why.endswith("2 times the error.")


def test_every_step_is_explained():
    passes = {p.name for level in range(4) for p in (*PASSES[level], *NATIVE_PASSES[level])}
    stages = {"place", "synthesize", "walk", "route", "parts", "native gates", "good qubits"}
    stages |= {"preparation", "last frame"}
    assert passes | stages == EXPLANATIONS.keys()
    assert [name for name, _ in explain_steps(["route", "place", "route"])] == ["route", "place"]


def test_a_step_without_an_explanation_is_named():
    with pytest.raises(KeyError, match="step 'dance' of a compile has no explanation"):
        explain_steps(["route", "dance"])


def test_steps_of_earlier_reports_are_explained():
    assert explain_steps(["synthesise"]) == (("synthesise", EXPLANATIONS["synthesize"]),)
