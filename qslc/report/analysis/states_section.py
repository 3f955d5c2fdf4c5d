"""Sections on the states that the circuit reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qslc.report.analysis import references as ref
from qslc.report.analysis.section import Analysis, Section, Table
from qslc.report.analysis.words import ENSEMBLES, interval, number


def expressibility(analysis: Analysis) -> Section:
    cases = analysis["expressibility"]["cases"]
    rows = tuple(
        (
            ENSEMBLES[case["ensemble"]],
            number(case["divergence"]),
            interval(case["interval"]),
            "–" if case["real_divergence"] is None else number(case["real_divergence"]),
            number(case["ceiling"]),
            str(case["pairs"]),
        )
        for case in cases
    )
    return Section(
        "Expressibility",
        tuple(_expressibility_findings(cases)),
        f"Kullback–Leibler divergence, in nats, of the fidelities of pairs of states at uniform "
        f"angles from those of Haar-random states; {analysis['expressibility']['bins']} bins of "
        "equal width. The bias of a histogram of few samples, (occupied bins − 1) / (2 pairs), is "
        "subtracted; intervals are from the bootstrap. |0…0⟩ is the paper's start, without the "
        "encoder; with random features both states of a pair encode the same vector.",
        (ref.SIM,),
        (
            Table(
                ("start", "divergence", "95 % interval", "from real states", "idle", "pairs"), rows
            ),
        ),
        ("fidelities",),
    )


def _expressibility_findings(cases: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "0 is as good as random states; a circuit without angles has the figure under idle."
    if cases[0]["real_divergence"] is not None:
        yield (
            "All gates are real: complex states are out of reach, and the divergence from real "
            "random states is the fair one."
        )
    if not cases[0]["resolved"]:
        yield (
            "In this dimension nearly all fidelities of random states fall into the first bin: "
            "the figure no longer tells circuits apart."
        )


def entanglement(analysis: Analysis) -> Section:
    rows = tuple(
        (
            ENSEMBLES[case["ensemble"]],
            number(case["mean"]),
            number(case["deviation"]),
            number(case["before"]),
            number(case["haar"]),
        )
        for case in analysis["entanglement"]
    )
    return Section(
        "Entangling capability",
        ("0 is a product state, 1 the most that single qubits can be entangled with the rest.",),
        "Meyer and Wallach's Q, averaged over uniform angles: 2 minus twice the mean purity of "
        "one qubit.",
        (ref.SIM, ref.MEYER),
        (
            Table(
                ("start", "mean Q", "standard deviation", "before the ansatz", "Haar-random"), rows
            ),
        ),
    )
