"""What a sublayer is, in words: the docstring of the generated class."""

from __future__ import annotations

import textwrap

from qslc.ir.program import Program
from qslc.spec.ansatz import Entangler, LayeredAnsatz
from qslc.spec.devices import EdgesDevice, GridDevice, HeavyHexDevice
from qslc.spec.model import Spec


def description(spec: Spec, program: Program) -> list[str]:
    """Lines of at most 92 characters. No text of the user's own is in them."""
    sentences = (
        f"{_count(spec.qubits, 'qubit')}; {_encoding(spec)}.",
        f"Ansatz: {_ansatz(spec)}; {_count(len(program.weights), 'weight')}.",
        f"Output: {_measurement(spec, program)}.",
        f"Compiled for {_device(spec)}.",
    )
    return [line for text in sentences for line in textwrap.wrap(text, 92)]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


_PAD = {"zero": "", "bias": " and a constant one", "reference": " beside a reference state"}


def _encoding(spec: Spec) -> str:
    encoder = spec.encoder
    match encoder.kind:
        case "amplitude":
            return f"{encoder.features} features{_PAD[encoder.pad]} are the amplitudes of the state"
        case "angle":
            features = _count(encoder.features or spec.qubits, "feature")
            return f"{features}, each the angle of {encoder.rotation.upper()} on a qubit"
        case "iqp":
            features = _count(encoder.features or spec.qubits, "feature")
            return f"{features} in {_count(encoder.repeats, 'IQP layer')}"
    return "no input"


def _ansatz(spec: Spec) -> str:
    ansatz = spec.ansatz
    if not isinstance(ansatz, LayeredAnsatz):
        return (
            f"a block of {_count(len(ansatz.block), 'gate set')}, {_count(ansatz.repeat, 'time')}"
        )
    rotations = " ".join(name.upper() for name in ansatz.rotations)
    parts = [rotations, _entangler(ansatz.entangler)]
    layers = f"{_count(ansatz.depth, 'layer')} of {' and '.join(filter(None, parts))}"
    return f"{layers}, then {rotations}" if ansatz.final_rotations else layers


def _entangler(entangler: Entangler | str) -> str:
    if isinstance(entangler, str):
        return ""
    pattern = entangler.pattern
    where = pattern if isinstance(pattern, str) else _count(len(pattern), "pair")
    return f"{entangler.gate.upper()} ({where.replace('_', ' ')})"


def _measurement(spec: Spec, program: Program) -> str:
    named = {
        "z": "Z of every qubit",
        "zz": "Z*Z of every pair of qubits",
        "interference": "X of qubit 0 times every product of Z of the others",
    }
    if isinstance(spec.measure, str):
        return named[spec.measure]
    return _count(len(program.observables), "observable")


def _device(spec: Spec) -> str:
    device = spec.device
    if isinstance(device, str):
        return f"the device {device}"
    if isinstance(device, GridDevice):
        return f"a grid of {device.grid[0]} by {device.grid[1]} qubits"
    if isinstance(device, HeavyHexDevice):
        return f"a heavy hexagon lattice of distance {device.heavy_hex}"
    if isinstance(device, EdgesDevice):
        return f"a device with {_count(len(device.edges), 'coupler')}"
    return "a device from a file"
