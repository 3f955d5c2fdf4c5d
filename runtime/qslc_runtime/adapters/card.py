"""The model card of an adapter: what it is, what its circuit costs, and how it is used."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Facts:
    """Facts that a card says of an adapter.

    Args:
        title: Name of the layer.
        base: Name of the base model on the hub, or None.
        model: Name of the class of the model.
        targets: Projections in each block.
        blocks: Number of blocks.
        trained: Number of weights that were trained.
        total: Number of weights of the model.
        report: Content of the compile's report.json, or None without a circuit.
        version: Version of qslc.
        library: Library of the model: "keras_hub" or "transformers".
    """

    title: str
    base: str | None
    model: str
    targets: Sequence[str]
    blocks: int
    trained: int
    total: int
    report: Mapping[str, Any] | None
    version: str
    library: str = "keras_hub"


def write_card(facts: Facts, source: str = "FOLDER_OR_REPOSITORY") -> str:
    """Write the card as Markdown, with the metadata that Hugging Face's hub reads.

    Args:
        facts: What it says.
        source: Where the adapter is: what ``from_hub`` is given.
    """
    base = [f"base_model: {_quote(facts.base)}"] if facts.base else []
    places = f"{', '.join(facts.targets)} of {facts.blocks} blocks"
    circuit = _describe_circuit(facts.report) if facts.report else []
    lines = [
        "---",
        "library_name: qslc",
        *base,
        f"tags: [qslc, {facts.library.removesuffix('_hub')}, adapter, quantum]",
        "---",
        "",
        f"# {_escape(facts.title)}",
        "",
        f"An adapter for {_escape(facts.base or facts.model)}: sublayers beside {places}. "
        f"{facts.trained:,} weights were trained; the model has {facts.total:,}.",
        "",
        *circuit,
        "## Use",
        "",
        "```python",
        *_make_model(facts),
        f"adapter = qslc_runtime.from_hub(model, {source!r}, trust_code=True)",
        "```",
        "",
        "`trust_code=True` runs `layer/layer.py`, which is code: read it first.",
        "",
        f"Made with qslc {facts.version}.",
    ]
    return "\n".join(lines) + "\n"


def _make_model(facts: Facts) -> list[str]:
    """Write the lines of Python that make the base model."""
    base = repr(facts.base or "PRESET")
    if facts.library == "keras_hub":
        made = f"model = keras_hub.models.{facts.model}.from_preset({base})"
        return ["import keras_hub", "import qslc_runtime", "", made]
    return [
        "import os",
        "",
        'os.environ["KERAS_BACKEND"] = "torch"',
        "import qslc_runtime",
        "import transformers",
        "",
        f"model = transformers.{facts.model}.from_pretrained({base})",
    ]


def _describe_circuit(report: Mapping[str, Any]) -> list[str]:
    """Write what the report of a compile says, as lines of Markdown."""
    encoder, device = report["encoder"], report["device"]["name"]
    costs = report["device_circuit"] if "preparation" in encoder else report["physical"]
    evidence, verdict = report["verification"], report.get("verdict")
    rows = [
        ("device", device),
        ("encoder", encoder["kind"]),
        ("ansatz", _describe_ansatz(report["spec"]["ansatz"])),
        ("qubits", costs["qubits"]),
        ("angles", len(report["weights"])),
        ("observables", len(report["observables"])),
        ("two-qubit gates", costs["two_qubit_gates"]),
        ("two-qubit depth", costs["two_qubit_depth"]),
    ]
    if report.get("error_budget"):
        rows.append(("estimated fidelity", f"{100 * report['error_budget']['circuit']:.3g} %"))
    if verdict:
        rows.append((f"predicted error at {verdict['shots']:,} shots", f"{verdict['error']:.3g}"))
    return [
        "## Circuit",
        "",
        "| | |",
        "|---|---|",
        *(f"| {_escape(name)} | {_escape(value)} |" for name, value in rows),
        "",
        f"The compiled circuit is {_escape(evidence['verdict'])} to the spec, largest deviation "
        f"{evidence['max_deviation']:.1e} ({_escape(evidence['method'])}). "
        "[The whole report](layer/report.md), and [the spec's digest](layer/manifest.json) "
        f"`{_escape(report['digest'])}`.",
        "",
    ]


def _describe_ansatz(ansatz: Mapping[str, Any]) -> str:
    """Return an ansatz of a spec in a few words: "4 layers of ry and cnot, ring"."""
    if "block" in ansatz:
        return f"{ansatz.get('repeat', 1)} times a block of {len(ansatz['block'])} entries"
    rotations, entangler = ", ".join(ansatz["rotations"]), ansatz["entangler"]
    layers = f"{ansatz['depth']} layers of {rotations}"
    if entangler == "none":
        return layers
    pattern = entangler["pattern"] if isinstance(entangler["pattern"], str) else "chosen pairs"
    return f"{layers} and {entangler['gate']}, {pattern}"


def _escape(value: object) -> str:
    """Write a value so that Markdown shows it as it is, on one line."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", re.sub(r"\s+", " ", str(value)))


def _quote(text: str) -> str:
    """Write a text as YAML."""
    return "'" + re.sub(r"\s+", " ", text).replace("'", "''") + "'"
