"""Sections on the function that the layer computes, and on what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qslc.report.analysis import references as ref
from qslc.report.analysis.section import Analysis, Section, Table
from qslc.report.analysis.words import names, number


def weights(analysis: Analysis) -> Section:
    proven, weights = analysis["proven_dead"], analysis["weights"]
    return Section(
        "Weights that count",
        tuple(_weight_findings(analysis)),
        "Proofs are by the light cone in the Pauli frame: Clifford gates are moved to the end, and "
        "a rotation is dead if it commutes with all later rotations and observables, or turns a "
        "phase of |0…0⟩ alone. The rank is that of the Jacobian of all outputs on random inputs at "
        "a random point. The effective dimension takes expectations as means of Gaussian outputs, "
        "γ = 1; the spectrum is that of its Fisher matrix, averaged over points.",
        (ref.GOTTESMAN, ref.ABBAS, ref.HAUG),
        (_weight_table(analysis["circuit"]["weights"], proven, weights),),
        ("spectrum",) if weights and weights["spectrum"] else (),
    )


def _weight_table(
    count: int, proven: Sequence[str] | None, weights: Mapping[str, Any] | None
) -> Table:
    rows = [
        ("weights", str(count)),
        ("proven dead", "not tried" if proven is None else str(len(proven))),
    ]
    if weights:
        quantum = weights["quantum_rank"]
        rows += [
            ("derivatives all 0, numerically", str(len(weights["flat"]))),
            ("independent directions of the function", str(weights["rank"])),
            (
                "independent directions of the state",
                "too large" if quantum is None else str(quantum),
            ),
        ]
        rows += [
            (f"normalised effective dimension, {size:,} data", f"{value:.3f}")
            for size, value in zip(weights["data_sizes"], weights["effective"], strict=True)
        ]
    return Table(("", ""), tuple(rows))


def _weight_findings(analysis: Analysis) -> Iterator[str]:
    proven, weights = analysis["proven_dead"], analysis["weights"]
    if proven:
        yield f"No output depends on {names(proven)}: proven, for all inputs and angles."
    if not weights:
        return
    flat = [name for name in weights["flat"] if name not in (proven or ())]
    if flat:
        yield f"No derivative by {names(flat)} was seen to differ from 0, without a proof."
    spare = [name for name in weights["spare"] if name not in (*(proven or ()), *flat)]
    if spare:
        yield (
            f"Redundant: {names(spare)} can be frozen, and the others still move the function in "
            f"all {weights['rank']} directions."
        )
    if not (proven or flat or spare):
        yield "Every weight moves the outputs in a direction of its own."


def feature_map(analysis: Analysis) -> Section:
    found, circuit = analysis["map"], analysis["circuit"]
    least = "at least " if found["saturated"] else ""
    rows = [
        ("outputs", str(len(circuit["observables"]))),
        ("dimension of their span, at fixed angles", str(found["at_a_point"])),
        ("dimension of their span, over all angles", f"{least}{found['over_angles']:,}"),
        ("variance of an output over inputs", number(found["variance"])),
    ]
    if found["bound"]:
        rows.insert(3, ("independent quadratic forms of the amplitudes", f"{found['bound']:,}"))
    return Section(
        "The map from features",
        tuple(_map_findings(circuit)),
        f"Numerical ranks of the outputs on {found['samples']:,} random inputs at uniform angles; "
        "“at least” where the number of inputs is the limit.",
        (ref.SCHULD,),
        (Table(("", ""), tuple(rows)),),
    )


def _map_findings(circuit: Mapping[str, Any]) -> Iterator[str]:
    if circuit["encoder"] != "amplitude":
        yield "Each output is a trigonometric function of the features."
        return
    yield "Each output is a quadratic form xᵀAx of the normalised amplitudes x."
    if circuit["pad"] in ("bias", "reference"):
        yield "The constant amplitudes make it a quadratic, a linear and a constant part."
    else:
        yield "It cannot tell x from −x, nor from a multiple of x."


def operations(analysis: Analysis) -> Section:
    found = analysis["operations"]
    rows = tuple(
        (row["method"], f"{row['parameters']:,}", f"{row['multiply_adds']:,}")
        for row in found["rows"]
    )
    return Section(
        "Cost against LoRA",
        (f"For one projection of a model {found['width']:,} wide.",),
        "Multiply-adds of one token, forward, as the native engine's schedule predicts them, with "
        "the projection before and the linear map behind the circuit. Fixed map: a fixed linear "
        "map behind one trained gain for each output.",
        (ref.HU,),
        (Table(("method", "trainable parameters", "multiply-adds per token"), rows),),
        ("costs",),
    )
