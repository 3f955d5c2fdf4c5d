"""Import what IBM publishes about a backend, as Qiskit holds it.

The ``error`` of a gate is its average infidelity. The probability of a Pauli error is (d + 1) / d
times as much on a space of dimension d: 3/2 for one qubit, 5/4 for two (Nielsen 2002,
https://arxiv.org/abs/quant-ph/0205035).
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from qslc.importers.json_values import Value, read_in_unit
from qslc.importers.measurements import (
    Measurements,
    make_device_data,
    sort_pair,
    write_device,
)

PAULI_OF_AVERAGE = {1: 3 / 2, 2: 5 / 4}
"""Probability of a Pauli error over average infidelity, by the number of qubits."""

GATES = {"cz": "cz", "ecr": "ecr", "cx": "cnot"}
"""Names of native two-qubit gates, by those that Qiskit has for them."""

ONE_QUBIT_GATES = ("sx", "u2")
"""Names of the gate of one pulse; those of older backends come last."""


def import_qiskit(backend: Any, name: str = "") -> str:
    """Return the text of a device file for a Qiskit backend or ``Target``.

    Qiskit is not imported: call this where the backend is.

    Args:
        backend: A backend with calibration data, such as those of qiskit-ibm-runtime, or a
            ``qiskit.transpiler.Target``.
        name: Name of the device. Default: that of the backend.

    Raises:
        InputError: It has no two-qubit gate that qslc knows, or a number is missing or impossible.
        TypeError: It is neither a backend nor a ``Target``.
    """
    target = getattr(backend, "target", backend)
    known = hasattr(backend, "properties") or hasattr(target, "operation_names")
    if isinstance(backend, type) or not known:
        raise TypeError(f"expected a backend or a Target of Qiskit, not {backend!r}")
    if getattr(backend, "properties", None) and (properties := backend.properties()):
        data = {"properties": properties.to_dict(), "configuration": {}}
        if getattr(backend, "configuration", None):
            data["configuration"] = backend.configuration().to_dict()
        plain = json.loads(json.dumps(data, default=str))
        measured = read_backend(Value("backend", plain), name)
    else:
        measured = _read_target(target, name or _name_of(backend))
    return write_device(make_device_data(measured))


def read_backend(root: Value, name: str = "") -> Measurements:
    """Read the properties of a backend, alone or beside its configuration.

    Args:
        root: ``properties.to_dict()``, or a mapping of it under "properties", and of
            ``configuration().to_dict()`` under "configuration".
        name: Name of the device. Default: that of the backend.

    Raises:
        InputError: Something is missing or of the wrong type.
    """
    both = root.has("properties")
    properties = root["properties"] if both else root
    chip = properties["backend_name"].read_text() or "custom"
    source, date = f"IBM calibration of {chip}", None
    if properties.has("last_update_date"):
        date = properties["last_update_date"].read_text()[:10]
        source += f", {date}"
    measured = Measurements(name or chip, "", source, {}, date=date)
    lasting: list[float] = []
    for qubit, entries in enumerate(properties["qubits"].list_entries()):
        lasting += _read_qubit(measured, qubit, entries)
    _read_gates(measured, properties["gates"])
    if lasting:
        measured.more["readout_ns"] = max(lasting)
    if both and root.has("configuration") and root["configuration"].has("default_rep_delay"):
        delay = root["configuration"]["default_rep_delay"].read_number()
        measured.more["rep_delay_us"] = delay
    return measured


def _read_qubit(measured: Measurements, qubit: int, entries: Value) -> list[float]:
    """Read the properties of a qubit; return the duration of its readout, if it is there."""
    found = {entry["name"].read_text(): entry for entry in entries.list_entries()}
    for key, times in (("T1", measured.t1_us), ("T2", measured.t2_us)):
        if key in found and found[key].has("value"):
            times[qubit] = read_in_unit(found[key], "us")
    flips = [found.get(f"prob_meas{read}_prep{prepared}") for prepared, read in ((0, 1), (1, 0))]
    if all(flips):
        p01, p10 = (flip["value"].read_probability() for flip in flips if flip)
        measured.readout[qubit] = (p01, p10)
    elif "readout_error" in found:
        error = found["readout_error"]["value"].read_probability()
        measured.readout[qubit] = (error, error)
    length = found.get("readout_length")
    return [read_in_unit(length, "ns")] if length else []


def _read_gates(measured: Measurements, gates: Value) -> None:
    """Read the one-qubit gate, and the two-qubit gate that most couplers have."""
    entries = list(gates.list_entries())
    counts = Counter(entry["gate"].read_text() for entry in entries)
    native = max(GATES, key=lambda gate: counts[gate])
    if not counts[native]:
        advice = f"qslc knows {', '.join(GATES)}"
        gates.fail("no two-qubit gate of the backend is known", advice)
    measured.gate = GATES[native]
    single = next((gate for gate in ONE_QUBIT_GATES if counts[gate]), "")
    lasting: list[float] = []
    for entry in entries:
        if entry.data["gate"] not in (native, single):
            continue
        places = [qubit.read_whole() for qubit in entry["qubits"].list_entries()]
        if len(places) != (2 if entry.data["gate"] == native else 1) or len({*places}) < len(
            places
        ):
            entry["qubits"].fail(f"the gate {entry.data['gate']!r} acts on other qubits")
        parameters = {p["name"].read_text(): p for p in entry["parameters"].list_entries()}
        error, length = parameters.get("gate_error"), parameters.get("gate_length")
        nanos = read_in_unit(length, "ns") if length else None
        _enter_gate(measured, places, error["value"].read_probability() if error else None, nanos)
        lasting += [nanos] if nanos and len(places) == 1 else []
    measured.one_qubit_ns = max(lasting, default=None)


def _enter_gate(
    measured: Measurements, places: list[int], error: float | None, nanos: float | None
) -> None:
    """Enter a gate; of the two directions of a coupler the worse one counts.

    A coupler without an error does not work, as one whose error is 1.
    """
    if len(places) == 1:
        if error is not None:
            measured.one_qubit[places[0]] = PAULI_OF_AVERAGE[1] * error
        return
    pair = sort_pair(places)
    pauli = 1.0 if error is None else min(1.0, PAULI_OF_AVERAGE[2] * error)
    measured.two_qubit[pair] = max(pauli, measured.two_qubit.get(pair, 0.0))
    if nanos:
        measured.two_qubit_ns[pair] = max(nanos, measured.two_qubit_ns.get(pair, 0.0))


def _name_of(backend: Any) -> str:
    name = getattr(backend, "name", None) or "custom"
    return str(name() if callable(name) else name)


def _read_target(target: Any, name: str) -> Measurements:
    """Read a ``Target``, whose times are in seconds."""
    gates = {gate: target[gate] for gate in GATES if gate in target.operation_names}
    place = Value(name, None)
    if not gates:
        place.fail("no two-qubit gate of the target is known", f"qslc knows {', '.join(GATES)}")
    native = max(gates, key=lambda gate: len(gates[gate]))
    if None in gates[native]:
        place.fail("the target does not say which qubits are coupled", "pass a backend of a chip")
    if all(found is None or found.error is None for found in gates[native].values()):
        place.fail(f"no error of the gate {native!r} is known", "pass a backend with a calibration")
    measured = Measurements(name, GATES[native], f"Qiskit target of {name}", {})
    lasting: list[float] = []
    single = next((gate for gate in ONE_QUBIT_GATES if gate in target.operation_names), "")
    for gate in filter(None, (native, single)):
        for places, found in target[gate].items():
            if places is None:
                continue
            nanos = found.duration * 1e9 if found and found.duration else None
            _enter_gate(measured, list(places), found.error if found else None, nanos)
            lasting += [nanos] if nanos and len(places) == 1 else []
    measured.one_qubit_ns = max(lasting, default=None)
    for qubit, known in enumerate(target.qubit_properties or ()):
        for key, times in (("t1", measured.t1_us), ("t2", measured.t2_us)):
            if getattr(known, key, None):
                times[qubit] = getattr(known, key) * 1e6
    measures = target["measure"] if "measure" in target.operation_names else {}
    read = {places[0]: found for places, found in measures.items() if places and found}
    for qubit, found in read.items():
        if found.error is not None:
            measured.readout[qubit] = (found.error, found.error)
    if durations := [found.duration * 1e9 for found in read.values() if found.duration]:
        measured.more["readout_ns"] = max(durations)
    return measured
