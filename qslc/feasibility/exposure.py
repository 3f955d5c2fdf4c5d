"""Predict what devices leave of the paths of a program, by the places of its qubits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from qslc.feasibility.averages import Averages
from qslc.feasibility.losses import DeviceLosses
from qslc.feasibility.paths import Paths
from qslc.feasibility.segments import Segments
from qslc.targets.device import Device

Array = NDArray[np.float64]

_OFFSET = 0.5
"""Part of an offset that a mean absolute error has, as both are of one size."""


def predict_errors(paths: Paths, losses: DeviceLosses, places: Mapping[int, int]) -> Averages:
    """Predict readouts where a program runs on some device qubits.

    Args:
        paths: Paths of the program.
        losses: Losses of the device.
        places: Device qubit of each qubit of the program.
    """
    segments = paths.segments
    at = np.array([places[qubit] for qubit in paths.qubits], np.intp)
    spent = -_sum_rows(_keep_segments(segments, losses, at), paths.ends)
    spent += _sum_rows(_lose_at_gates(paths, losses, at), paths.gates)
    spent += losses.readout[:, at] @ (paths.read > 0)
    kept = np.exp(-spent) * paths.weights
    product, noisy = (np.bincount(paths.owner, row, paths.count) for row in kept)
    shift, more = _find_offsets(paths, losses, at)
    noisy = noisy * (paths.squares + more) + shift**2
    return Averages(paths.squares, product * paths.squares, noisy, shift)


def _find_offsets(paths: Paths, losses: DeviceLosses, at: NDArray[np.intp]) -> tuple[Array, Array]:
    """Return what is read where all letters are lost, and its mean square where some are: (M,).

    Of each letter is read a part and an offset, from readout and decay. What is seen of some
    letters of a string is what was estimated of them, and less where that was too much for all;
    the second is in units of what the circuit and the readout leave of squares.
    """
    letters = paths.strings.astype(np.intp)
    kept = np.exp(-losses.readout[0, at])[:, None]
    decayed = 1 - np.exp(-(paths.segments.count_tail() * losses.decay[:, at]).sum(axis=0))
    offset = losses.offset[at, None] + np.where(letters == 3, kept * decayed[:, None], 0)
    shown = np.where(letters > 0, np.take_along_axis(paths.shown, letters, 1), 1)
    seen = np.minimum(1, paths.squares / np.maximum(shown.prod(axis=0), 1e-300))
    lost = np.where(letters > 0, offset, 1).prod(axis=0) * (letters > 0).any(axis=0)
    ratio = (offset / kept) ** 2
    both = np.where(letters > 0, shown + ratio, 1).prod(axis=0)
    some = both - shown.prod(axis=0) - np.where(letters > 0, ratio, 1).prod(axis=0)
    return np.asarray(lost), np.asarray(np.maximum(0, some) * seen)


def measure_error(paths: Paths, losses: DeviceLosses, places: Mapping[int, int]) -> float:
    """Predict the mean absolute error of readouts relative to their root mean square.

    Args:
        paths: Paths of the program.
        losses: Losses of the device.
        places: Device qubit of each qubit of the program.
    """
    found = predict_errors(paths, losses, places)
    return float(found.absolute_errors.sum() / (found.sizes.sum() or 1))


def measure_places(
    paths: Paths, losses: DeviceLosses, device: Device
) -> tuple[Array, dict[tuple[int, int], Array]]:
    """Return about what a program errs where its qubits are, relative to its readouts.

    To first order in the losses: a readout errs by what is lost of its signal, and where it is of
    one qubit by a part of the offset of that.

    Args:
        paths: Paths of the program.
        losses: Losses of the device.
        device: The device.

    Returns:
        The cost of each qubit on each device qubit, (qubits, device qubits); and for each pair of
        positions in ``paths.qubits`` with a two-qubit gate that on each pair of device qubits,
        infinite where they are not coupled.
    """
    sizes = np.sqrt(paths.squares)
    total = sizes.sum() or 1.0
    segments, weights = paths.segments, paths.weights * (sizes / total)[paths.owner]
    gates, moments = _count_letters(segments, _tally(paths.ends, weights))
    alone = gates @ losses.one_qubit[0].T
    alone += moments[0] @ losses.moments[0, 0].T + moments[1] @ losses.moments[1, 0].T
    alone += np.outer((paths.read > 0) @ weights, losses.readout[0])
    alone += _OFFSET / total * np.outer(_count_single(paths), np.abs(losses.offset))
    counts: dict[tuple[int, int], Array] = {}
    rows = iter(_tally(paths.gates, weights))
    for level in segments.levels:
        for a, b in level.pairs.T.tolist():
            count = next(rows)
            if a > b:
                a, b, count = b, a, count.reshape(4, 4).T.ravel()
            counts[a, b] = counts.get((a, b), 0) + count
    ordered = list(losses.two_qubit)
    first, second = np.array(ordered, np.intp).reshape(-1, 2).T
    table = np.array([losses.two_qubit[pair][0] for pair in ordered]).reshape(-1, 16)
    together = {}
    size = len(device.coordinates)
    for pair, count in counts.items():
        cost = np.full((size, size), np.inf)
        cost[first, second] = table @ count
        together[pair] = cost
    return alone, together


def _count_single(paths: Paths) -> Array:
    """Count the observables of one letter on each qubit: (qubits,)."""
    read = paths.strings > 0
    return np.asarray(read[:, read.sum(axis=0) == 1].sum(axis=1), float)


def _keep_segments(segments: Segments, losses: DeviceLosses, at: NDArray[np.intp]) -> Array:
    """Return log of what segments keep of paths between their ends: (2, segments, 16)."""
    places = at[segments.place]
    short, long = losses.moments[:, :, places]
    waiting = np.exp(
        -segments.moments[0, :, None, :, None] * short
        - segments.moments[1, :, None, :, None] * long
    )
    gate = losses.one_qubit[:, places]
    kept = waiting[0][..., None] * np.eye(4)
    ideal = np.tile(np.eye(4), (len(places), 1, 1))
    for number, squares in enumerate(segments.squares):
        left = waiting[number + 1] * np.exp(-gate * segments.gates[number, :, None])
        kept = left[..., None] * (squares @ kept)
        ideal = squares @ ideal
    kept, ideal = kept.reshape(2, -1, 16), ideal.reshape(-1, 16)
    ratio = np.divide(kept, ideal, out=np.full_like(kept, 1e-300), where=(ideal > 0) & (kept > 0))
    return np.asarray(np.log(ratio))


def _lose_at_gates(paths: Paths, losses: DeviceLosses, at: NDArray[np.intp]) -> Array:
    """Return -log of what two-qubit gates keep of strings: (2, gates, 16)."""
    levels = paths.segments.levels
    pairs = [(a, b) for level in levels for a, b in at[level.pairs].T.tolist()]
    lost = np.array([losses.two_qubit[pair] for pair in pairs]).reshape(-1, 2, 16)
    product, noisy = np.moveaxis(lost, 1, 0)
    some = [number for number, pair in enumerate(pairs) if pair in losses.turned]
    if some:
        # A string that an error turns into another counts as much as is seen of that.
        turned = np.stack([losses.turned[pairs[number]] for number in some])
        seen = np.maximum(paths.visible[some], 1e-12)
        more = (turned @ seen[:, :, None])[:, :, 0] / seen
        noisy = noisy.copy()
        noisy[some] = -np.log(np.exp(-noisy[some]) + np.minimum(more, turned.sum(axis=2)))
    return np.stack([product, noisy])


def _sum_rows(table: Array, codes: NDArray[np.uint8]) -> Array:
    """Sum what a table (2, rows, 16) has for the codes (rows, paths) of each row: (2, paths)."""
    at = codes + 16 * np.arange(len(codes))[:, None]
    return np.stack([part.ravel().take(at).sum(axis=0) for part in table])


def _tally(codes: NDArray[np.uint8], weights: Array) -> Array:
    """Sum the weights of paths by their code in each row: (rows, 16)."""
    at = codes + 16 * np.arange(len(codes))[:, None]
    every = np.broadcast_to(weights, codes.shape)
    counts = np.bincount(at.ravel(), every.ravel(), 16 * len(codes))
    return np.asarray(counts.reshape(-1, 16), float)


def _count_letters(segments: Segments, ends: Array) -> tuple[Array, Array]:
    """Count the letters of paths after one-qubit gates and at the ends of moments.

    Args:
        segments: The program.
        ends: Weights of the letters at both ends: (segments, 16).

    Returns:
        (qubits, 4), and (2, qubits, 4) for moments without and with a two-qubit gate.
    """
    stages = len(segments.squares) + 1
    one = np.tile(np.eye(4), (len(segments.place), 1, 1))
    before, after = [one], [one]
    for squares in segments.squares:
        before.append(squares @ before[-1])
    for squares in segments.squares[::-1]:
        after.append(after[-1] @ squares)
    whole = before[-1]
    ratio = np.divide(ends.reshape(-1, 4, 4), whole, out=np.zeros_like(whole), where=whole > 0)
    gates, moments = np.zeros((len(segments.last), 4)), np.zeros((2, len(segments.last), 4))
    for stage in range(stages):
        seen = np.einsum("sab,sal,slb->sl", ratio, after[stages - 1 - stage], before[stage])
        if stage:
            np.add.at(gates, segments.place, seen * segments.gates[stage - 1, :, None])
        for kind in (0, 1):
            np.add.at(moments[kind], segments.place, seen * segments.moments[kind, stage, :, None])
    return gates, moments
