"""Sections on how the circuit trains."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qslc.report.analysis import references as ref
from qslc.report.analysis.section import Analysis, Section, Table
from qslc.report.analysis.words import ENSEMBLES, interval, number


def gradients(analysis: Analysis) -> Section:
    curves = analysis["curves"]
    over = sorted({curve["over"] for curve in curves}, reverse=True)
    rows = tuple(map(_decay_row, curves))
    return Section(
        "Variance of gradients",
        tuple(_gradient_findings(curves)),
        "The variance of the derivative of an observable by an angle, over random angles and "
        "inputs; the mean over observables and over the angles that are not proven dead. "
        "Derivatives are exact (adjoint method). The fit is variance = a exp(−rate · size), by "
        "least squares on the logarithm; the interval is Student's. Bars are two standard errors. "
        "Features are independent and normal; amplitudes are as many features as fit.",
        (ref.MCCLEAN, ref.CEREZO, ref.JONES),
        (
            Table(
                ("against", "start", "angles", "rate", "95 % interval", "each step", "R²"), rows, 3
            ),
        ),
        tuple(f"variances-{each}" for each in over)
        + (("by-observable",) if analysis["gradients"] else ()),
    )


def _decay_row(curve: Mapping[str, Any]) -> tuple[str, ...]:
    head = (curve["over"], ENSEMBLES[curve["ensemble"]], curve["initialisation"])
    fit = curve["decay"]
    if fit is None:
        return (*head, "–", "–", "–", "–")
    return (
        *head,
        number(fit["rate"]),
        interval(fit["interval"]),
        f"× {math.exp(-fit['rate']):.3g}",
        f"{fit['r_squared']:.3f}",
    )


def _gradient_findings(curves: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for curve in curves:
        fit = curve["decay"]
        if curve["over"] == "qubits" and fit:
            start = f"From {ENSEMBLES[curve['ensemble']]}, {curve['initialisation']} angles:"
            factor = math.exp(-fit["rate"])
            if fit["interval"][0] > 0:
                yield f"{start} each qubit multiplies the variance by {factor:.2f}."
            else:
                yield f"{start} no exponential decay is seen at these sizes."


def initialisation(analysis: Analysis) -> Section:
    found = analysis["initialisation"]
    ensembles = " and ".join(ENSEMBLES[each] for each in found["scored_on"])
    return Section(
        "Initial angles",
        (
            _recommendation(found),
            _block_identity(found["pairs"]),
        ),
        "Mean squares of derivatives, over observables and angles not proven dead, and the "
        "variance of outputs over inputs, which is what a linear map behind the circuit learns "
        f"from first. The score is an initialisation's weakest figure on {ensembles}, relative to "
        "the best in that column; a gradient counts as 0 where some derivatives vanish altogether, "
        f"as said in brackets. The layer's own, {found['default']}, is kept where it has 90 % of "
        "the best score. Scaled normal: variance 1 / (4 (L + 2)) with L angles per qubit. Wide "
        "normal: four times its standard deviation, the layer's own beside a reference state. "
        "Small normal: standard deviation 0.1. Block identity is compared, but not recommended: "
        "layers draw their angles independently.",
        (ref.ZHANG, ref.GRANT, ref.MCCLEAN),
        (_initial_table(found),),
        ("initial-gradients",),
    )


def _recommendation(found: Mapping[str, Any]) -> str:
    """What to start with, and what to write for it."""
    start = f"Recommended by these figures: {found['recommended']}"
    if not found["argument"]:
        return f"{start}, with which the layer starts of itself."
    code = f"insert(model, layer, {found['argument']})"
    if found["recommended"] in ("uniform", "zeros"):
        return f"{start}, to which this comes close enough: {code}."
    return f"{start}: {code}."


def _block_identity(pairs: int) -> str:
    if pairs:
        return f"Block identity: {pairs} pairs of rotations start as each other's inverse."
    return (
        "Block identity is the same as zeros here: the entanglers turn the axes so that no two "
        "rotations undo each other."
    )


def _initial_table(found: Mapping[str, Any]) -> Table:
    ensembles = list(dict.fromkeys(row["ensemble"] for row in found["rows"]))
    head = ["angles", "score"]
    head += [f"gradient², {ENSEMBLES[ensemble]}" for ensemble in ensembles]
    head += [f"output variance, {ENSEMBLES[each]}" for each in ensembles if each != "zero"]
    return Table(
        tuple(head), tuple(_initial_row(found, name, ensembles) for name in found["scores"])
    )


def _initial_row(found: Mapping[str, Any], name: str, ensembles: Sequence[str]) -> tuple[str, ...]:
    by_ensemble = {row["ensemble"]: row for row in found["rows"] if row["initialisation"] == name}
    cells = [name, f"{found['scores'][name]:.2f}"]
    cells += [_gradient(by_ensemble[ensemble]) for ensemble in ensembles]
    varying = (by_ensemble[ensemble] for ensemble in ensembles if ensemble != "zero")
    cells += [number(row["output_variance"]) for row in varying]
    return tuple(cells)


def _gradient(row: Mapping[str, Any]) -> str:
    """The mean square, and the part of the angles by which all derivatives vanish."""
    still = f" ({100 * row['still']:.0f} % vanish)" if row["still"] else ""
    return number(row["squared_gradient"]) + still
