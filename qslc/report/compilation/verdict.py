"""Say whether a layer is feasible on its chip: error, shots, times, what limits, and break-even."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qslc.report.sections import Table
from qslc.spec.wording import pluralize

Verdict = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class VerdictView:
    """A verdict in words and as tables.

    A row is a source of errors, the total error without it, and its share in percent.
    """

    headline: str
    sentences: tuple[str, ...]
    rows: tuple[tuple[str, str, float], ...]
    depths: Table
    methods: Table
    facts: tuple[tuple[str, str], ...]
    note: str


_NOTHING = 1e-6
"""Errors below it are rounding."""

_LESS, _WORTHWHILE = 0.99, 0.9
"""Parts of an error below which that of another depth, or of another mitigation, is told."""

_SOURCES = {
    "preparation": "preparation: what its angles miss",
    "gates": "gates",
    "idling": "decay and dephasing",
    "readout": "readout",
    "shots": "shots",
}

_LIMITS = {
    "preparation": "the preparation, which misses the states: more levels would help",
    "noise": "the noise of the chip",
    "shots": "the number of shots: more of them would help",
}

_METHODS = {
    "none": "none",
    "readout": "errors of reading inverted",
    "one factor": "one factor for all readouts",
    "factors": "a factor for each readout",
    "factors and offsets": "factor and offset for each",
    "readout, factors and offsets": "reading inverted, factors, offsets",
    "twirling, factors and offsets": "twirling, factors, offsets",
    "twirling, readout, factors and offsets": "twirling, reading inverted, factors, offsets",
    "decoupling": "pulses on idle qubits",
    "linear extrapolation": "extrapolation to no noise, linear",
    "exponential extrapolation": "extrapolation, exponential",
    "as in the spec": "as in the spec",
}

_BASES = {
    "mixed states": "exact for these tokens, on mixed states",
    "light cones": "estimated from the light cone of each readout",
}


def describe_verdict(report: Mapping[str, Any]) -> VerdictView | None:
    """Describe the verdict of a report; None where it has none."""
    found = report.get("verdict")
    if found is None:
        return None
    return VerdictView(
        headline=_say_headline(found),
        sentences=tuple(_say_sentences(found)),
        rows=tuple(
            (_SOURCES[part["source"]], format_error(part["without"]), round(100 * part["share"], 1))
            for part in found["budget"]
        ),
        depths=_tabulate_depths(found),
        methods=_tabulate_methods(found),
        facts=tuple(_list_facts(found)),
        note=_say_basis(found),
    )


def _tabulate_depths(found: Verdict) -> Table:
    return Table(
        ("levels of preparation", "two-qubit gates", "error", "error without shot noise"),
        tuple(
            (
                f"{trial['depth']}{' (chosen)' if trial['depth'] == found['depth'] else ''}",
                str(trial["two_qubit_gates"]),
                format_error(trial["error"]),
                format_error(trial["floor"]),
            )
            for trial in found["depths"]
        ),
    )


def _tabulate_methods(found: Verdict) -> Table:
    return Table(
        ("mitigation", "bias", "variance", "circuits", f"error at {found['shots']:,} shots"),
        tuple(
            (
                f"{_METHODS[each['method']]}{' (asked for)' if each['asked'] else ''}",
                format_error(each["bias"]),
                "unknown" if each["variance"] is None else f"{each['variance']:.3g}",
                str(each["circuits"]),
                format_error(each["error"]),
            )
            for each in found["methods"]
        ),
    )


def _say_headline(found: Verdict) -> str:
    text = f"Readouts are off by {format_error(found['error'])} at {found['shots']:,} shots"
    target, reached = found["target"]["error"], found["target"]["shots"]
    if reached is None:
        return f"{text}; {100 * target:g} % is out of reach"
    shots = "1 shot" if reached == 1 else f"{reached:,} shots"
    return f"{text}; {100 * target:g} % takes {shots}"


def _say_sentences(found: Verdict) -> Iterator[str]:
    signal = found["signal"]["mean"]
    yield (
        "An error is how far readouts are off after calibration, relative to their size (root mean "
        "squares over tokens and readouts). The chip leaves "
        f"{100 * max(0.0, signal):.0f} % of their signal on average. What limits: "
        f"{_LIMITS[found['limit']]}."
    )
    yield _say_best(found)
    yield from _say_better_method(found)
    yield _say_times(found)
    if found["encoding"] == "given":
        yield (
            "The encoded vector is put on the chip for nothing here, which no chip can do: set "
            "encoder.preparation in the spec."
        )
    if found["amplitudes"]:
        yield from _say_break_even(found["amplitudes"], prepared=found["encoding"] == "prepared")


def _say_better_method(found: Verdict) -> Iterator[str]:
    known = (each for each in found["methods"] if each["error"] is not None)  # what leaves a signal
    best = min(known, key=lambda each: each["error"], default=None)
    asked = math.inf if found["error"] is None else found["error"]
    if best is not None and best["error"] < _WORTHWHILE * asked:
        yield (
            f"Another mitigation would leave {format_error(best['error'])} at as many shots: "
            f"{_METHODS[best['method']]}.{_ask(best.get('options', {}))}"
        )


def _ask(options: Mapping[str, Any]) -> str:
    """Say what asks for a method in a spec; nothing for defaults."""
    keys = ", ".join(f"{key}: {str(value).lower()}" for key, value in options.items())
    return f" Ask for it under execution, mitigation: {{{keys}}}." if keys else ""


def _say_times(found: Verdict) -> str:
    time = found["time"]
    room = "one copy of the circuit finds"
    if time["copies"] > 1:
        room = f"{time['copies']} copies of the circuit find"
    return (
        f"A token by itself takes {format_seconds(time['alone_s'])} of the chip: "
        f"{pluralize(time['settings'], 'setting')} of {found['shots']:,} shots of "
        f"{time['shot_us']:.3g} µs, and {format_seconds(time['call_s'])} for each call. A sentence "
        f"of {time['sentence_tokens']} tokens that are sent together takes "
        f"{format_seconds(time['sentence_s'])}, {format_seconds(time['token_s'])} a token: {room} "
        "room side by side. Sublayers that wait for each other take this one after the other."
    )


def _say_best(found: Verdict) -> str:
    text = f"With any number of shots the error is at least {format_error(found['floor'])}"
    alone = found["preparation_error"]
    if alone is not None:
        missed = format_error(alone) if alone > _NOTHING else "nothing"
        text += f"; without noise the preparation alone leaves {missed}"
    trials = found["depths"]
    if not trials:
        return f"{text}."
    least = min(trials, key=lambda trial: trial["floor"])
    text += (
        f". The best this chip can do is {format_error(least['floor'])}, with "
        f"{pluralize(least['depth'], 'level')} of variational preparation"
    )
    best = min(trials, key=lambda trial: trial["error"])
    if best["depth"] != found["depth"] and best["error"] < _LESS * found["error"]:
        levels = pluralize(best["depth"], "level")
        text += f"; at {found['shots']:,} shots, {format_error(best['error'])} with {levels}"
    return f"{text}."


def _say_break_even(amplitudes: int, *, prepared: bool) -> Iterator[str]:
    yield (
        "There is no break-even in speed: with its weights fixed the layer is a quadratic form of "
        f"{amplitudes} amplitudes, a matrix product that a processor does in microseconds"
        + (
            ", and to find the angles that prepare a token costs more than that product does."
            if prepared
            else "."
        )
    )
    if prepared:
        yield (
            "The circuit of the preparation could prepare the layer's output states directly; "
            "then no layer is needed on the chip, and it is no longer a quantum layer."
        )


def _list_facts(found: Verdict) -> Iterator[tuple[str, str]]:
    tokens = found["tokens"]
    yield "Tokens", f"{tokens['count']} {tokens['about']}."
    yield "Noise", f"{found['noise'] or 'none'}."
    assumed = found["time"]["assumed"]
    if assumed:
        yield "Assumed", f"{', '.join(assumed)}: nothing says them of this chip."


def _say_basis(found: Verdict) -> str:
    return (
        f"Predicted: {_BASES[found['method']]}, corrected as the spec asks under "
        "execution.mitigation, with factors fitted as a calibration on tokens does. Errors by "
        "source say what the error would be if that source were perfect; shares are of what "
        "perfect sources would save of the error's square, each by itself. Bias is the error "
        "without shot noise, variance that by shots, relative to no mitigation at as many shots in "
        "all."
    )


def format_error(value: float | None) -> str:
    """Write a relative error in percent with three digits, or that there is none."""
    if value is None:
        return "unknown"
    percent = 100 * value
    whole = math.floor(math.log10(percent)) if percent > 0 else 0
    return f"{percent:.{max(0, 2 - whole)}f} %"


def format_ratio(value: float) -> str:
    """Write a ratio with two digits: 0.21, 3.8, 390, 48,000."""
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"


def format_seconds(seconds: float) -> str:
    """Write a time with three digits, in the unit that suits it."""
    for least, long, unit in ((86_400, 86_400, "days"), (7200, 3600, "h"), (120, 60, "min")):
        if seconds >= least:
            return f"{seconds / long:.3g} {unit}"
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
