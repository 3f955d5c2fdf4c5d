"""Check the device, what is coupled on it, and its calibration."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice, pairwise

from qslc.spec.checks.ansatz import MAX_OPERATIONS, count_gates, find_sites
from qslc.spec.devices import (
    EdgesDevice,
    HeavyHexDevice,
    can_exist,
    is_calibrated,
    list_calibrated,
)
from qslc.spec.model import Spec
from qslc.spec.objectives import OBJECTIVES
from qslc.spec.packing import pack
from qslc.spec.places import Problem, find_repeated
from qslc.spec.wording import join_words, pluralize
from qslc.targets.device import DEAD, list_live_couplers
from qslc.targets.devices import DEVICES


def _count_device_qubits(spec: Spec) -> int:
    """Return the number of qubits of the device; ideal devices are as large as the circuit."""
    if isinstance(spec.device, str):
        return DEVICES[spec.device].size or spec.qubits
    return spec.device.size


def _name_device(spec: Spec) -> str:
    """Return the device as messages name it."""
    return spec.device if isinstance(spec.device, str) else spec.device.title


def _size_regions(spec: Spec) -> tuple[int, ...]:
    """Return how many device qubits are connected with each other, in each connected part.

    Where vectors are prepared, by couplers that a preparation may use.
    """
    if isinstance(spec.device, str):
        prepared = spec.encoder.prepared is not None
        built = DEVICES[spec.device].build(spec.qubits, calibrated=prepared)
        edges = list_live_couplers(built)
        return tuple(map(len, _find_components(range(len(built.coordinates)), edges)))
    dead = _find_dead_couplers(spec)
    if isinstance(spec.device, EdgesDevice):
        numbers, edges = spec.device.numbers, spec.device.edges
    elif dead:
        built = spec.device.model_copy(update={"calibration": None}).build()
        numbers, edges = tuple(range(spec.device.size)), built.edges
    else:
        return (spec.device.size,)
    live = (edge for i, edge in enumerate(edges) if i not in dead)
    return tuple(map(len, _find_components(numbers, live)))


def _find_dead_couplers(spec: Spec) -> Collection[int]:
    """Return the positions of couplers that a preparation does not use."""
    given = getattr(spec.device, "calibration", None)
    if spec.encoder.prepared is None or given is None:
        return ()
    if isinstance(given.two_qubit, tuple):
        return {i for i, error in enumerate(given.two_qubit) if error >= DEAD}
    return range(MAX_DEVICE_QUBITS**2 if given.two_qubit >= DEAD else 0)


def _group_coupled_qubits(spec: Spec) -> tuple[tuple[int, ...], ...]:
    """Group the qubits that the circuit's two-qubit gates connect; others are groups of one."""
    pairs = [pair for site in find_sites(spec.ansatz) for pair in site.list_pairs(spec.qubits)]
    fitting = spec.encoder.resize(spec.qubits).gates(spec.qubits)
    gates = islice(fitting, MAX_OPERATIONS)  # of more, some: they are refused in any case
    pairs += [(qubits[0], qubits[1]) for _, qubits, _ in gates if len(qubits) == 2]
    if spec.encoder.prepared is not None:
        pairs += pairwise(range(spec.qubits))
    existing = (pair for pair in pairs if max(pair) < spec.qubits)
    return _find_components(range(spec.qubits), existing)


def _find_components(
    vertices: Iterable[int], edges: Iterable[tuple[int, int]]
) -> tuple[tuple[int, ...], ...]:
    """Return the connected components, by their smallest vertex, each in rising order."""
    found = {vertex: [vertex] for vertex in vertices}
    for a, b in edges:
        one, other = found.setdefault(a, [a]), found.setdefault(b, [b])
        if one is not other:
            large, small = (one, other) if len(one) > len(other) else (other, one)
            large += small
            found |= dict.fromkeys(small, large)
    return tuple(sorted({id(each): tuple(sorted(each)) for each in found.values()}.values()))


MAX_DEVICE_QUBITS = 4096
SHOWN = 8
"""How many numbers a message lists."""


def check_device_size(spec: Spec) -> Iterator[Problem]:
    """Require that a lattice of this distance exists, and that the device is not too large."""
    device = spec.device
    if isinstance(device, HeavyHexDevice) and not can_exist(device):
        odd = max(3, device.heavy_hex + 1)
        message = (
            f"a heavy-hexagon lattice has an odd distance of 3 or more; got {device.heavy_hex}"
        )
        yield Problem(("device", "heavy_hex"), message, f"write {odd}")
        return
    size = _count_device_qubits(spec)
    if size > MAX_DEVICE_QUBITS:
        message = f"the device has {size} qubits; at most {MAX_DEVICE_QUBITS} are supported"
        yield Problem(("device",), message)


def check_couplers(spec: Spec) -> Iterator[Problem]:
    """Require that every coupler joins two different qubits and is listed once."""
    if not isinstance(spec.device, EdgesDevice):
        return
    edges = spec.device.edges
    for i, (a, b) in enumerate(edges):
        if a == b:
            yield Problem(("device", "edges", i), f"qubit {a} is coupled to itself")
    for i, (a, b) in find_repeated((min(edge), max(edge)) for edge in edges):
        message = f"the coupler of qubits {a} and {b} is listed twice"
        yield Problem(("device", "edges", i), message, "remove one of them")
    places = spec.device.qubits
    if places is None:
        return
    for i, edge in enumerate(edges):
        if max(edge) >= len(places):
            message = f"qubit {max(edge)} is not on the device: qubits are 0 to {len(places) - 1}"
            yield Problem(("device", "edges", i), message, "edges count the qubits from 0")
    for i, (row, column) in find_repeated(places):
        message = f"two qubits are in row {row}, column {column}"
        yield Problem(("device", "qubits", i), message, "remove one of them")


def check_native_gates(spec: Spec) -> Iterator[Problem]:
    """Require that no native gate is listed twice."""
    if isinstance(spec.device, str):
        return
    for i, gate in find_repeated(getattr(spec.device, "gates", ())):
        yield Problem(("device", "gates", i), f"{gate} is listed twice", "remove one of them")


def check_room(spec: Spec) -> Iterator[Problem]:
    """Require that the device has enough qubits, and connects those that the circuit couples."""
    if isinstance(spec.device, HeavyHexDevice) and not can_exist(spec.device):
        return
    size, path = _count_device_qubits(spec), ("device",)
    if size > MAX_DEVICE_QUBITS:
        return
    if spec.qubits > size:
        yield Problem(
            path,
            f"qubit {spec.qubits - 1} is not on the device: {_name_device(spec)} has "
            f"{pluralize(size, 'qubit')}, 0 to {size - 1}",
            f"choose a larger device, or at most {pluralize(size, 'qubit')}",
        )
        return
    if count_gates(spec) <= MAX_OPERATIONS:  # others are refused in any case
        yield from _check_groups(spec)


def _check_groups(spec: Spec) -> Iterator[Problem]:
    """Require that every group of coupled qubits fits into a connected part of the device."""
    groups, regions = _group_coupled_qubits(spec), _size_regions(spec)
    if len(regions) == 1 or pack([len(group) for group in groups], regions):
        return
    groups = tuple(sorted(groups, key=len, reverse=True))
    unplaced = next(
        group
        for k, group in enumerate(groups)
        if not pack(list(map(len, groups[: k + 1])), regions)
    )
    subject = "couples" if spec.encoder.prepared is None else "and its preparation couple"
    coupled = f"the circuit {subject} {len(unplaced)} qubits ({_list_numbers(unplaced)})"
    if len(unplaced) > max(regions):
        message = f"{coupled}, but the device connects only {max(regions)}"
        advice = "add couplers that join its parts"
        if _find_dead_couplers(spec):
            message += " by couplers that work"
            advice = f"couplers with errors of {DEAD:g} or more are left out; choose another device"
        yield Problem(("device",), message, advice)
        return
    sizes = join_words(map(str, sorted(regions, reverse=True)[:SHOWN]), "and")
    yield Problem(
        ("device",),
        f"{coupled}, but no part of the device is left for them beside the rest of the circuit",
        f"its parts have {sizes} qubits: add couplers that join them, or couple fewer qubits",
    )


def _list_numbers(qubits: Sequence[int]) -> str:
    """Return numbers in words: "0 to 3", "0, 2 and 3"."""
    first, last = qubits[0], qubits[-1]
    if len(qubits) > 2 and last - first == len(qubits) - 1:
        return f"{first} to {last}"
    few = len(qubits) <= SHOWN
    return join_words(map(str, qubits) if few else [*map(str, qubits[:SHOWN]), "others"], "and")


def check_noise_source(spec: Spec) -> Iterator[Problem]:
    """Require that the noise of the device was measured where ``noise: device`` asks for it."""
    if spec.noise == "device" and not is_calibrated(spec.device):
        message = f"no calibration of {_name_device(spec)} is known"
        yield Problem(("noise",), message, f"{_advise_calibrated()}, or write the probabilities")


def check_objective(spec: Spec) -> Iterator[Problem]:
    """Require that the errors of the device were measured where fidelity is the objective."""
    if OBJECTIVES[spec.objective].needs_calibration and not is_calibrated(spec.device):
        message = f"the fidelity on {_name_device(spec)} is unknown: it has no calibration"
        yield Problem(
            ("optimize", "objective"), message, f"{_advise_calibrated()}, or aim at depth"
        )


def _advise_calibrated() -> str:
    return f"choose the device {join_words(list_calibrated())}, or calibrate yours"
