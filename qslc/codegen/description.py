"""Describe a sublayer: the docstring of the generated class."""

from __future__ import annotations

import textwrap

from typing_extensions import assert_never

from qslc.ir.program import Program
from qslc.spec.ansatz import BlockAnsatz, Entangler
from qslc.spec.devices import EdgesDevice, FileDevice, GridDevice, HeavyHexDevice
from qslc.spec.model import Spec
from qslc.spec.observables import KEYWORDS, expand_outputs
from qslc.spec.wording import pluralize


def describe(spec: Spec, program: Program) -> list[str]:
    """Return lines of at most 92 characters. No text of the user's own is in them."""
    sentences = (
        f"{pluralize(spec.qubits, 'qubit')}; {spec.encoder.summary(spec.qubits)}.",
        f"Ansatz: {_describe_ansatz(spec)}; {pluralize(len(program.weights), 'weight')}.",
        f"Output: {_describe_measurement(spec)}.",
        f"Compiled for {_describe_device(spec)}.",
    )
    return [line for text in sentences for line in textwrap.wrap(text, 92)]


def _describe_ansatz(spec: Spec) -> str:
    ansatz = spec.ansatz
    if isinstance(ansatz, BlockAnsatz):
        entries, times = len(ansatz.block), ansatz.repeat
        return f"a block of {pluralize(entries, 'gate set')}, {pluralize(times, 'time')}"
    rotations = " ".join(name.upper() for name in ansatz.rotations)
    parts = [rotations, _describe_entangler(ansatz.entangler)]
    layers = f"{pluralize(ansatz.depth, 'layer')} of {' and '.join(filter(None, parts))}"
    return f"{layers}, then {rotations}" if ansatz.final_rotations else layers


def _describe_entangler(entangler: Entangler | str) -> str:
    if isinstance(entangler, str):
        return ""
    pattern = entangler.pattern
    where = pattern if isinstance(pattern, str) else pluralize(len(pattern), "pair")
    return f"{entangler.gate.upper()} ({where.replace('_', ' ')})"


def _describe_measurement(spec: Spec) -> str:
    if isinstance(spec.measure, str):
        return KEYWORDS[spec.measure].summary
    return pluralize(len(expand_outputs(spec.measure, spec.qubits)), "observable")


def _describe_device(spec: Spec) -> str:
    match spec.device:
        case str(name):
            return f"the device {name}"
        case GridDevice(grid=(rows, columns)):
            return f"a grid of {rows} by {columns} qubits"
        case HeavyHexDevice(heavy_hex=distance):
            return f"a heavy hexagon lattice of distance {distance}"
        case EdgesDevice(edges=edges):
            return f"a device with {pluralize(len(edges), 'coupler')}"
        case FileDevice():
            return "a device from a file"
        case _:
            assert_never(spec.device)
