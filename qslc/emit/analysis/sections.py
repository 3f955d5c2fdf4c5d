"""What the page shows: one section for each figure, without markup."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qslc.emit.analysis import references as ref
from qslc.emit.analysis.references import Reference
from qslc.emit.analysis.words import ENSEMBLES, interval, names, number

Analysis = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A heading for each column, and the rows; first columns are text, the others numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int = 1


@dataclass(frozen=True, slots=True)
class Section:
    """One figure.

    Args:
        title: of the section.
        findings: what holds for this circuit, in sentences.
        method: how it was computed, and what the convention is.
        references: sources.
        tables: of numbers.
        plots: names of the plots that belong here.
    """

    title: str
    findings: tuple[str, ...]
    method: str
    references: tuple[Reference, ...]
    tables: tuple[Table, ...] = ()
    plots: tuple[str, ...] = ()


def sections(analysis: Analysis) -> tuple[Section, ...]:
    """The sections of the figures that were made, in order."""
    made = (
        ("expressibility", _expressibility),
        ("entanglement", _entanglement),
        ("curves", _gradients),
        ("circuit", _weights),
        ("map", _map),
        ("initialisation", _initialisation),
        ("operations", _operations),
    )
    return tuple(section(analysis) for key, section in made if analysis[key])


def _expressibility(analysis: Analysis) -> Section:
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


def _entanglement(analysis: Analysis) -> Section:
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


def _gradients(analysis: Analysis) -> Section:
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


def _weights(analysis: Analysis) -> Section:
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


def _map(analysis: Analysis) -> Section:
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
    if circuit["pad"] == "bias":
        yield "The constant amplitude makes it a quadratic, a linear and a constant part."
    else:
        yield "It cannot tell x from −x, nor from a multiple of x."


def _initialisation(analysis: Analysis) -> Section:
    found = analysis["initialisation"]
    ensembles = " and ".join(ENSEMBLES[each] for each in found["scored_on"])
    return Section(
        "Initial angles",
        (
            f"Recommended by these figures: {found['recommended']}.",
            _block_identity(found["pairs"]),
        ),
        "Mean squares of derivatives, over observables and angles not proven dead, and the "
        "variance of outputs over inputs, which is what a linear map behind the circuit learns "
        f"from first. The score is an initialisation's weakest figure on {ensembles}, relative to "
        "the best in that column; it is 0 where the derivatives by some angle vanish altogether. "
        "The layer's own, scaled normal, is kept where it has 90 % of the best score. Scaled "
        "normal: variance 1 / (4 (L + 2)) with L angles per qubit. Small normal: standard "
        "deviation 0.1.",
        (ref.ZHANG, ref.GRANT, ref.MCCLEAN),
        (_initial_table(found),),
        ("initial-gradients",),
    )


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
    for ensemble in ensembles:
        head += [f"gradient², {ENSEMBLES[ensemble]}", "vanishing"]
    head += ["output variance"] if "features" in ensembles else []
    return Table(
        tuple(head), tuple(_initial_row(found, name, ensembles) for name in found["scores"])
    )


def _initial_row(found: Mapping[str, Any], name: str, ensembles: Sequence[str]) -> tuple[str, ...]:
    by_ensemble = {row["ensemble"]: row for row in found["rows"] if row["initialisation"] == name}
    cells = [name, f"{found['scores'][name]:.2f}"]
    for ensemble in ensembles:
        row = by_ensemble[ensemble]
        cells += [number(row["squared_gradient"]), f"{100 * row['still']:.0f} %"]
    cells += [number(by_ensemble["features"]["output_variance"])] if "features" in ensembles else []
    return tuple(cells)


def _operations(analysis: Analysis) -> Section:
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
