"""Make a spec of a circuit and observables of Cirq."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qslc.diagnostics import Diagnostic, InputError
from qslc.spec.dsl import Projection, sublayer
from qslc.spec.model import Spec


def from_cirq(
    circuit: Any,
    observables: Any,
    inputs: Any = (),
    *,
    weights: Any = None,
    name: str = "circuit",
    project: Projection = "none",
    device: str | Mapping[str, Any] = "all_to_all",
    noise: str | Mapping[str, Any] = "none",
    optimize: Mapping[str, Any] | None = None,
    execution: Mapping[str, Any] | None = None,
) -> Spec:
    """Return the spec of a layer that is a circuit of Cirq: what is compiled, checked and trained.

        a, b = sympy.symbols("a b")
        qubits = cirq.LineQubit.range(2)
        circuit = cirq.Circuit(cirq.rx(a * b)(qubits[0]), cirq.CNOT(*qubits))
        spec = qslc.from_cirq(circuit, [cirq.Z(qubits[1])], inputs=["a"])

    The circuit starts in |0...0>, on its qubits as Cirq sorts them; measurements at its end are
    left out.

    Args:
        circuit: A ``cirq.Circuit`` of gates; every gate with a matrix is taken, and those with a
            symbol that Cirq can decompose. Angles are polynomials of the symbols.
        observables: ``cirq.PauliString``, ``cirq.PauliSum`` with real coefficients, or texts such
            as "0.5*Z0 - X1", in the order of the layer's outputs.
        inputs: The symbols that are input features, by name or of sympy, in the layer's order; or
            one of them.
        weights: All other symbols, in the order of the layer's weights; None: by name.
        name: Name of the spec.
        project: How wider hidden states become the inputs.
        device: The device, as in YAML.
        noise: The noise, as in YAML.
        optimize: Level, seed and objective, as in YAML.
        execution: How it is measured, as in YAML.

    Raises:
        InputError: Something is wrong; the error holds every diagnostic, with moment and gate.
    """
    from qslc.circuits.observables import write_observables  # Cirq takes a second to load

    found: tuple[Diagnostic, ...] = ()
    texts = ["z"]
    qubits: Any = getattr(circuit, "all_qubits", set)()
    try:
        texts = write_observables(observables, sorted(qubits)) if qubits else texts
    except InputError as error:
        found = error.diagnostics
    builder = sublayer(name).circuit(circuit, inputs, weights=weights, project=project)
    builder = builder.measure(*texts)._set(device=device, noise=noise)
    builder = builder.optimize(**optimize) if optimize else builder
    try:
        spec = (builder._set(execution=execution) if execution else builder).spec()
    except InputError as error:
        raise InputError(*error.diagnostics, *found) from None
    if found:
        raise InputError(*found)
    return spec
