"""Say what is left of each observable on the chip, and what was gained over the plain compile."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qslc.report.compilation.tables import MAX_ROWS, Report
from qslc.report.numbers import format_number, format_probability
from qslc.report.sections import Table

if TYPE_CHECKING:  # pages are written again without numpy
    from qslc.feasibility.forecast import Forecast

_SMALLEST = 1e-9
"""Signals below it are rounding."""

_METHODS = {
    "exact": "computed exactly in the Heisenberg picture",
    "draws": "simulated at drawn angles, as symbols are in several of them",
    "paths": "estimated from sampled paths of Pauli strings",
}


@dataclass(frozen=True, slots=True)
class ForecastView:
    """View of the readouts that are left: in a line, in sentences, and of each."""

    headline: str
    sentences: tuple[str, ...]
    table: Table


def make_forecast(found: Forecast | None, plain: Forecast | None, source: str) -> Any:
    """Make what stands under "forecast" in report.json.

    Args:
        found: Forecast of the compiled circuit; None where no noise is known.
        plain: Forecast of the plain compile, if there is one.
        source: Where the noise is from.
    """
    if found is None:
        return None
    return {
        "method": found.method,
        "noise": source,
        "signal": found.signal,
        "error": found.error,
        "size": found.size,
        "plain": plain
        and {
            "method": plain.method,
            "signal": plain.signal,
            "error": plain.error,
            "shots": compare_shots(found.signal, plain.signal),
        },
        "observables": [
            {"signal": signal, "error": error, "size": size}
            for signal, error, size in zip(
                found.signals.tolist(), found.errors.tolist(), found.sizes.tolist(), strict=True
            )
        ],
    }


def compare_shots(signal: float, other: float) -> float | None:
    """Return how many times its shots another circuit needs for the same precision.

    A readout is divided by the signal that is left, so that shots go with 1 / signal**2. None
    where nothing is left of one of both.
    """
    if min(signal, other) < _SMALLEST:
        return None
    return (signal / other) ** 2


def describe_forecast(report: Report) -> ForecastView | None:
    """Describe the forecast of a report; None where it has none."""
    found = report.get("forecast")
    if found is None or not found["observables"]:
        return None
    rows = [
        (
            each["logical"],
            format_signal(told["signal"]),
            format_number(told["error"]),
            format_number(told["size"]),
        )
        for each, told in zip(report["observables"], found["observables"], strict=True)
    ]
    table = Table(
        ("observable", "signal left", "error to expect", "size"),
        tuple(rows[:MAX_ROWS]),
        hidden=max(0, len(rows) - MAX_ROWS),
    )
    headline = (
        f"{format_signal(found['signal'])} of the signal, off by {format_number(found['error'])}"
    )
    return ForecastView(headline, tuple(_say(found)), table)


def format_signal(value: float) -> str:
    """Write in percent what is left of a signal, which may be less than nothing by rounding."""
    return format_probability(max(0.0, value))


def _say(found: Report) -> Iterator[str]:
    yield (
        f"Over all angles, readouts keep {format_signal(found['signal'])} of their signal "
        f"(the factor by which they follow the ideal ones), and are off by "
        f"{format_number(found['error'])} where they are of size {format_number(found['size'])} "
        f"(root mean squares){say_shots(found['signal'])}."
    )
    yield (
        f"This is {_METHODS[found['method']]}, under the noise of {found['noise']}, readout "
        "included, before any correction, for angles drawn uniformly; errors that no observable "
        "sees do not count."
    )


def say_shots(signal: float) -> str:
    """Say, as the end of a sentence, how many more shots a signal takes; "" if hardly more."""
    if not signal or signal**-2 > 1e9:
        return ", which no number of shots makes up for"
    factor = signal**-2
    if factor < 1.05:
        return ""
    text = f"{factor:.2g}" if factor < 100 else f"{float(f'{factor:.2g}'):,.0f}"
    return f": the same precision takes about {text} times the shots of a chip without errors"


def say_gain(found: Report) -> tuple[str, str] | None:
    """Say the gain in signal and shots in a line and a sentence; None without a plain compile."""
    plain = found["plain"]
    if plain is None:
        return None
    sentence = (
        f"Signal {format_signal(found['signal'])} instead of {format_signal(plain['signal'])}, "
        f"error {format_number(found['error'])} instead of {format_number(plain['error'])}."
    )
    if plain["shots"] is None:
        return "A signal beside none" if plain["signal"] < _SMALLEST else "No signal", sentence
    ratio = math.sqrt(plain["shots"])
    shots = f"{100 / plain['shots']:.3g} %"
    if f"{ratio:.2f}" == "1.00":
        return "The signal of a plain compile", sentence
    return (
        f"{ratio:.3g} times the signal of a plain compile",
        f"{sentence} The same precision takes {shots} of its shots.",
    )
