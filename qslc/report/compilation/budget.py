"""Say what the chip will return: the errors of one run by source, in words and as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log

from qslc.report.compilation.forecast import describe_forecast, say_shots
from qslc.report.compilation.tables import Report
from qslc.report.numbers import format_probability, format_survival
from qslc.spec.wording import pluralize


@dataclass(frozen=True, slots=True)
class BudgetView:
    """The budget, or only the sentences where nothing is known of the errors.

    A row is a source, how much there is of it, how often it goes well, and its part of all losses
    in percent.
    """

    headline: str
    sentences: tuple[str, ...]
    rows: tuple[tuple[str, str, str, float], ...]
    totals: tuple[tuple[str, str], ...]
    note: str


def describe_budget(report: Report) -> BudgetView:
    """Describe the error budget of a report."""
    budget = report["error_budget"]
    if budget is None:
        sentence = (
            f"The device {report['device']['name']} has no calibration and the spec states no "
            "noise, so nothing can be said about errors. Name a calibrated device (the command "
            "“qslc devices” lists them), add a calibration to the device, or state channels under "
            "“noise” in the spec."
        )
        return BudgetView("Not known", (sentence,), (), (), "")
    preparation, told = budget["state_preparation"], describe_forecast(report)
    headline = f"An estimated fidelity of {format_survival(budget['total'])}"
    return BudgetView(
        headline=told.headline if told else headline,
        sentences=(*(told.sentences if told else ()), *_say_chances(budget, told is None)),
        rows=tuple(_list_rows(budget)),
        totals=tuple(_list_totals(budget)),
        note=" ".join(
            filter(None, (_say_basis(budget), preparation and _say_preparation(preparation)))
        ),
    )


def _say_chances(budget: Report, alone: bool) -> Iterator[str]:
    """Say what the estimated fidelity means; ``alone`` where nothing else tells what is left."""
    total, circuit = budget["total"], budget["circuit"]
    aside = ""
    if budget["state_preparation"] and budget["state_preparation"]["gates"]:
        aside = (
            f" The circuit alone has {format_survival(circuit)}; writing each vector into the "
            "qubits costs the rest."
        )
    said = "" if alone else f" (the estimated fidelity, {format_survival(total)})"
    yield f"In about {_say_runs(total)} nothing goes wrong{said}.{aside}"
    if not alone:
        yield (
            "That is the product of calibrated fidelities, by source below: it counts errors that "
            "no observable sees, and says less of what is read than the signal does."
        )
        return
    yield (
        "An expectation value keeps about this share of its size, rather more where errors go "
        f"unseen{say_shots(total)}."
    )


def _say_runs(chance: float) -> str:
    """Say a chance as "29 of 100 runs", with as many runs as it takes to see one."""
    runs = 100
    while chance * runs < 0.95 and runs < 10**6:
        runs *= 10
    if chance * runs < 0.95:
        return "fewer than one of a million runs"
    return f"{chance * runs:.0f} of {runs:,} runs"


def _list_rows(budget: Report) -> Iterator[tuple[str, str, str, float]]:
    preparation = budget["state_preparation"]
    sources = [
        (each["source"], _format_amount(each), each["survival"]) for each in budget["sources"]
    ]
    if preparation and preparation["gates"]:
        amount = pluralize(preparation["gates"], "gate")
        sources.insert(0, ("state preparation", amount, preparation["survival"]))
    losses = [max(0.0, -log(max(survival, 1e-300))) for _, _, survival in sources]
    whole = sum(losses) or 1.0
    for (source, amount, survival), loss in zip(sources, losses, strict=True):
        yield source, amount, format_survival(survival), round(100 * loss / whole, 1)


def _format_amount(source: Report) -> str:
    if source["unit"] == "ns":
        return f"{source['amount'] / 1000:.3g} µs in all"
    return pluralize(int(source["amount"]), source["unit"].removesuffix("s"))


def _list_totals(budget: Report) -> Iterator[tuple[str, str]]:
    if budget["state_preparation"] and budget["state_preparation"]["gates"]:
        yield "the circuit, without state preparation", format_survival(budget["circuit"])
    yield "all together", format_survival(budget["total"])


def _say_basis(budget: Report) -> str:
    basis = "the noise that the spec states" if budget["basis"] == "spec" else budget["basis"]
    return (
        f"From {basis}. Errors are taken to be independent, so that the sources multiply: an "
        "estimate, and not a simulation."
    )


def _say_preparation(preparation: Report) -> str:
    if not preparation["gates"]:
        return ""
    return (
        "State preparation: two-qubit gates, counted with all-to-all couplers, at the mean error "
        f"of the circuit's own ({format_probability(preparation['error'])}), without idle time and "
        "one-qubit gates: it costs at least this."
    )
