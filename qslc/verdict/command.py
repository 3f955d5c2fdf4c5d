"""Judge a compiled folder, on tokens, on this machine, and by a sampler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qslc.diagnostics import Diagnostic, InputError
from qslc.feasibility.prediction import MOST_QUBITS
from qslc.feasibility.shots import find_aim
from qslc.feasibility.subject import count_tokens, find_correction
from qslc.feasibility.verdict import Subject, Tokens, judge
from qslc.lower.device_circuit import compare_depths
from qslc.report.compilation.verdict import (
    describe_verdict,
    format_error,
    format_ratio,
    format_seconds,
)
from qslc.report.sections import Table
from qslc.verdict.folder import read_subject
from qslc.verdict.tokens import read_tokens, read_weights

if TYPE_CHECKING:  # they need the runtime
    from qslc.verdict.measured import Machine, Sampled

SAMPLED = 16
"""Tokens that a sampler measures."""


def make_verdict(
    folder: Path,
    tokens: Path | None = None,
    weights: Path | None = None,
    sampler: str | None = None,
    record: Path | None = None,
    *,
    measure: bool = True,
    tell: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Judge a compiled folder.

    Args:
        folder: Folder that ``qslc compile`` wrote.
        tokens: File of tokens; None for random ones.
        weights: File of trained weights; None for weights as a new layer draws them.
        sampler: Sampler by which some tokens are measured; None for none.
        record: Record of its jobs; None for jobs.jsonl in the folder where they are not free.
        measure: Whether times of this machine are measured.
        tell: Function that is told what a sampler will take; None for none.

    Returns:
        The verdict of ``report.json``, and beside it ``machine`` and ``sampled``, or None there.

    Raises:
        InputError: The folder, a file or the sampler is wrong, or nothing can be predicted.
    """
    subject, report = read_subject(folder)
    chip = _find_sampler(sampler)
    chosen, layer_class = _choose_tokens(subject, folder, tokens)
    trained = read_weights(weights, subject.logical.weights) if weights else None
    if subject.method is not None and (tokens or weights or not subject.trials):
        subject = _compare_depths(subject, chosen, trained)
    verdict = judge(subject, chosen, trained)
    if verdict is None:
        raise _refuse_prediction(subject, folder)
    found = {"name": report["name"], "device": report["device"]["name"], **verdict.as_json()}
    machine = sampled = None
    if measure or sampler:
        from qslc.verdict import measured

        layer_class = layer_class or measured.load_layer(folder)
        features, spec = chosen.features, subject.spec
        if measure:
            prepared = subject.method is not None
            machine = measured.measure_machine(folder, layer_class, features, prepared=prepared)
        if sampler:
            options = {"sampler": chip, "shots": find_aim(spec).shots, "record": record}
            rescale = find_correction(spec).rescale
            some = features[:SAMPLED]
            sampled = measured.sample(layer_class, folder, options, some, rescale, tell)
    return {**found, "machine": _list_fields(machine), "sampled": _list_fields(sampled)}


def _list_fields(measured: Machine | Sampled | None) -> dict[str, Any] | None:
    if measured is None:
        return None
    return {key: _round(value) for key, value in asdict(measured).items()}


def _find_sampler(name: str | None) -> Any:
    if name is None:
        return None
    from qslc.verdict.measured import find_sampler

    return find_sampler(name)


def _choose_tokens(subject: Subject, folder: Path, path: Path | None) -> tuple[Tokens, Any]:
    """Return the tokens, and the layer's class if it was loaded to project them."""
    spec, count = subject.spec, max(SAMPLED, count_tokens(len(subject.run.qubits)))
    if path is None:
        return Tokens.draw(spec, count), None
    tokens, wider = read_tokens(path, spec, count)
    if not wider:
        return tokens, None
    from qslc.verdict.measured import load_layer, project_tokens

    layer_class = load_layer(folder)
    projected = project_tokens(layer_class, tokens.features)
    return Tokens(projected, f"{tokens.about}, projected as a new layer does"), layer_class


def _compare_depths(
    subject: Subject, tokens: Tokens, weights: Mapping[str, float] | None
) -> Subject:
    """Compare numbers of levels of the preparation on the tokens that are judged."""
    spec = subject.spec
    features = tokens.features[: count_tokens(spec.qubits)]
    choice = compare_depths(spec, subject.logical, subject.run.device, features, weights)
    return replace(subject, trials=choice.trials if choice else ())


def _refuse_prediction(subject: Subject, folder: Path) -> InputError:
    qubits = len(subject.run.qubits)
    if qubits > MOST_QUBITS:
        message = f"the circuit in {folder} uses {qubits} qubits; {MOST_QUBITS} can be judged"
        return InputError(Diagnostic(message, help="compile a smaller circuit"))
    if subject.run.noise is None:
        message = f"nothing is known of the errors of the device {subject.run.device.name}"
        advice = "name a calibrated device (`qslc devices` lists them), or state `noise:`"
        return InputError(Diagnostic(message, help=advice))
    message = f"all readouts of the layer in {folder} are 0 on these tokens"
    return InputError(Diagnostic(message, help="measure something else, or give --tokens"))


def _round(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def print_verdict(found: dict[str, Any]) -> list[str]:
    """Return the lines that the command prints."""
    view = describe_verdict({"verdict": found})
    assert view is not None  # noqa: S101 - there is a verdict
    lines = [f"{found['name']} on {found['device']}", view.headline, "", *view.sentences]
    lines += list(_describe_machine(found)) + list(_describe_sampled(found)) + [""]
    width = max(len(row[0]) for row in view.rows)
    lines.append(f"{'source of errors':{width}}  error without it  share")
    for source, without, share in view.rows:
        lines.append(f"{source:{width}}  {without:>16}  {share:>4} %")
    for table in (view.depths, view.methods):
        lines += ["", *_align(table)] if table.rows else []
    lines += ["", *(f"{label}: {text}" for label, text in view.facts), view.note]
    return lines


def _align(table: Table) -> list[str]:
    """Write a table in columns, the first one to the left."""
    rows = (table.head, *table.rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:>{w}}" if i else f"{cell:{w}}" for i, (cell, w) in enumerate(line))
        for line in (list(zip(row, widths, strict=True)) for row in rows)
    ]


def _describe_machine(found: dict[str, Any]) -> list[str]:
    machine = found["machine"]
    if machine is None:
        return []
    lines = []
    chip = found["time"]["token_s"]
    if machine["folded_s"] is not None:
        folded = machine["folded_s"]
        lines.append(
            f"On this machine the folded layer, which computes the same, takes "
            f"{format_seconds(folded)} a token in a batch, and "
            f"{format_seconds(machine['folded_call_s'])} for a call with one: the chip takes "
            f"{format_ratio(chip / folded)} times as long."
        )
        time = found["time"]
        shot = time["shot_us"] * 1e-6 * time["settings"] / time["copies"]
        lines.append(
            f"Break-even with it, calls aside, would allow {folded / shot:.2g} shots a token"
            + ("." if folded >= shot else ": not even one shot is as fast.")
        )
    else:
        lines.append("The layer has no folded form, so its classical time was not measured.")
    if machine["prepare_s"] is not None:
        prepare, text = machine["prepare_s"], ""
        if machine["folded_s"]:
            text = f", {format_ratio(prepare / machine['folded_s'])} times the folded layer itself"
        lines.append(
            f"Finding the angles of the preparation takes {format_seconds(prepare)} a token{text}."
        )
        lines.append(
            f"With it a token takes {format_seconds(chip + prepare)}, a sentence of "
            f"{found['time']['sentence_tokens']} tokens "
            f"{format_seconds(found['time']['sentence_tokens'] * (chip + prepare))}."
        )
    return lines


def _describe_sampled(found: dict[str, Any]) -> list[str]:
    sampled = found["sampled"]
    if sampled is None:
        return []
    return [
        f"Measured by {sampled['sampler']}: error {format_error(sampled['error'])} on "
        f"{sampled['tokens']} tokens at {sampled['shots']:,} shots, in "
        f"{format_seconds(sampled['seconds'])}; predicted were {format_error(found['error'])}."
    ]
