"""Check the ansatz."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from qslc.spec import expression
from qslc.spec.ansatz import Ansatz, BlockAnsatz, Fixed, LayeredAnsatz, Rotation
from qslc.spec.encoders import Inputs
from qslc.spec.model import Spec
from qslc.spec.patterns import Pairs, list_pairs
from qslc.spec.places import Path, Problem, find_repeated
from qslc.spec.wording import quote

Qubits: TypeAlias = Literal["all"] | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """A place of the ansatz that names qubits, or else pairs, for one gate.

    ``angle`` is that of a rotation in a block.
    """

    path: Path
    qubits: Qubits = ()
    pairs: str | Pairs = ()
    angle: str | None = None

    def count_gates(self, qubits: int) -> int:
        """Return how many gates there are in one layer of a circuit of so many qubits."""
        return qubits if self.qubits == "all" else len(self.qubits) + len(self.list_pairs(qubits))

    def list_pairs(self, qubits: int) -> Pairs:
        """Return the pairs in one layer; every layer has the same, up to their order."""
        return list_pairs(self.pairs, qubits, 0)


def find_sites(ansatz: Ansatz) -> Iterator[Site]:
    """Yield the sites of an ansatz, in order."""
    if isinstance(ansatz, LayeredAnsatz):
        if ansatz.entangler != "none":
            yield Site(("ansatz", "entangler", "pattern"), pairs=ansatz.entangler.pattern)
        return
    for i, entry in enumerate(ansatz.block):
        gate, path = entry.placement, ("ansatz", "block", i, entry.gate, "on")
        angle = getattr(gate, "angle", None)
        if isinstance(gate, Fixed | Rotation):
            yield Site(path, qubits=gate.on, angle=angle)
        else:
            yield Site(path, pairs=gate.on, angle=angle)


def count_gates(spec: Spec) -> int:
    """Return how many gates the circuit has, the encoder's included."""
    ansatz, encoder_gates = spec.ansatz, spec.encoder.count_gates(spec.qubits)
    in_layer = sum(site.count_gates(spec.qubits) for site in find_sites(ansatz))
    if isinstance(ansatz, BlockAnsatz):
        return encoder_gates + ansatz.repeat * in_layer
    layers = ansatz.depth + ansatz.final_rotations
    rotations = layers * len(ansatz.rotations) * spec.qubits
    return encoder_gates + rotations + ansatz.depth * in_layer


MAX_OPERATIONS = 200_000


def check_qubits(spec: Spec) -> Iterator[Problem]:
    """Require that every qubit that is written out exists, and that no gate takes one twice."""
    for site in find_sites(spec.ansatz):
        for i, pair in enumerate(() if isinstance(site.pairs, str) else site.pairs):
            for j, qubit in enumerate(pair):
                yield from _check_exists(qubit, spec.qubits, (*site.path, i, j))
            if pair[0] == pair[1]:
                yield Problem((*site.path, i), f"qubit {pair[0]} is paired with itself")
        qubits = () if isinstance(site.qubits, str) else site.qubits
        for i, qubit in enumerate(qubits):
            yield from _check_exists(qubit, spec.qubits, (*site.path, i))
        for i, qubit in find_repeated(qubits):
            yield Problem((*site.path, i), f"qubit {qubit} is listed twice", "remove one of them")


def _check_exists(qubit: int, qubits: int, path: Path) -> Iterator[Problem]:
    if qubit >= qubits:
        yield Problem(path, f"qubit {qubit}, but qubits are 0 to {qubits - 1}")


def check_angles(spec: Spec) -> Iterator[Problem]:
    """Require that every angle is an expression that the whitelist reads."""
    for site in find_sites(spec.ansatz):
        if site.angle is None:
            continue
        try:
            expression.parse(site.angle)
        except expression.ExpressionError as error:
            yield Problem(
                (*site.path[:-1], "angle"),
                f"the angle {quote(site.angle)} {error}",
                "an angle is made of numbers, pi, theta, names of shared weights, + - * / and **",
            )


def check_symbols(spec: Spec) -> Iterator[Problem]:
    """Require that angles name features and weights that there are."""
    listed = len(getattr(spec.ansatz, "weights", ()))
    inputs = spec.encoder.inputs(spec.qubits)
    for site in find_sites(spec.ansatz):
        for name in _list_symbols(site.angle):
            found = _explain_symbol(name, listed, inputs)
            if found is not None:
                message = f"the angle {quote(site.angle or '')} names {name}, {found[0]}"
                yield Problem((*site.path[:-1], "angle"), message, found[1])


def _list_symbols(angle: str | None) -> tuple[str, ...]:
    try:
        return () if angle is None else expression.find_symbols(expression.parse(angle))
    except expression.ExpressionError:
        return ()


def _explain_symbol(name: str, listed: int, inputs: Inputs) -> tuple[str, str] | None:
    """Return what is wrong with a name of an angle, and what to write; None if nothing is."""
    if expression.INPUT.fullmatch(name):
        if name in inputs.angles:
            return None
        if inputs.kind == "angles":
            return f"but the features are x0 to {inputs.angles[-1]}", "encode more features"
        held = "amplitudes" if inputs.are_amplitudes else "none"
        advice = "choose the encoder {kind: ansatz, features: N}, whose features are x0, x1, ..."
        return f"which is an input feature, but the features are {held}", advice
    number = expression.NUMBERED.fullmatch(name)
    if number is not None and int(number[1]) >= listed:
        if listed:
            return f"but weights lists {listed}", "list one more weight"
        return "which is reserved for weights", "choose another name, or theta for a fresh weight"
    if listed and number is None:
        return "but weights lists the weights", "call them theta_0, theta_1, ... in that order"
    return None


def check_weight_names(spec: Spec) -> Iterator[Problem]:
    """Require that the weights that a block lists have names that differ and can be printed."""
    names = getattr(spec.ansatz, "weights", ())
    for i, name in find_repeated(names):
        yield Problem(("ansatz", "weights", i), f"the weight {quote(name)} is listed twice")
    taken = {*spec.encoder.inputs(spec.qubits).angles}
    for i, name in enumerate(names):
        path = ("ansatz", "weights", i)
        if not name.isprintable() or name != name.strip():
            yield Problem(path, f"the weight {quote(name)} has a name that cannot be printed")
        elif name in taken:
            message = f"the weight {quote(name)} has the name of an input feature"
            yield Problem(path, message, "rename it, or list it under inputs")


def check_circuit_size(spec: Spec) -> Iterator[Problem]:
    """Require that the circuit has a size that can be compiled."""
    number = count_gates(spec)
    if number > MAX_OPERATIONS:
        key = "repeat" if isinstance(spec.ansatz, BlockAnsatz) else "depth"
        message = f"the circuit has {number} gates; qslc compiles at most {MAX_OPERATIONS}"
        yield Problem(("ansatz", key), message, "use fewer qubits, layers or pairs")
