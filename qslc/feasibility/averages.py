"""Average squared readouts over all angles, ideal and under the errors of a device.

Where every symbolic angle is uniform on the circle and independent of the others, the Pauli
coefficients of a state are uncorrelated, and their mean squares follow a Markov chain on Pauli
strings: a step with transfer matrix R multiplies them by the mean of R[P, Q]**2. Mean products of
an ideal and a noisy run at the same angles follow the same chain with R_ideal * R_noisy. Three
chains give the mean squared error of each observable, at the price of three tokens on mixed states.
At angles that are quarter turns a chain is a sum over paths of a single Pauli string, each of which
loses what the channels on its way take (``qslc.feasibility.paths``).

What is correlated is what no angle has turned: qubits that are still in |0>, and what decays toward
it. These means are followed qubit by qubit, exactly where qubits are independent; the chains hold
what the squares are beyond theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import erf, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from qslc.feasibility.circuit import NoisyCircuit, Step
from qslc.feasibility.transfer import split_rotation

Array = NDArray[np.float64]

_GROUND = np.array([1.0, 0.0, 0.0, 1.0])
_GIVEN = np.array([1.0, 1.0, 1.0, 1.0])
_NOTHING = 1e-18
_RUNS = 3
"""Ideal times ideal, ideal times noisy, noisy times noisy."""


@dataclass(frozen=True, slots=True, eq=False)
class Averages:
    """Means over all angles, each (M,).

    Args:
        ideal: Mean square of each ideal readout.
        product: Mean of ideal times noisy.
        noisy: Mean square of each noisy readout.
        shift: Mean of noisy minus ideal.
    """

    ideal: Array
    product: Array
    noisy: Array
    shift: Array

    @property
    def sizes(self) -> Array:
        """Root mean square of each ideal readout, (M,)."""
        return np.asarray(np.sqrt(self.ideal))

    @property
    def signals(self) -> Array:
        """Part of the signal of each observable that is left: the least-squares factor, (M,)."""
        factors = np.ones_like(self.ideal)
        return np.divide(self.product, self.ideal, where=self.ideal > _NOTHING, out=factors)

    @property
    def errors(self) -> Array:
        """Root mean square of noisy minus ideal, of each readout, (M,)."""
        square = self.ideal - 2 * self.product + self.noisy
        return np.asarray(np.sqrt(np.maximum(0, square)))

    @property
    def absolute_errors(self) -> Array:
        """Mean of |noisy - ideal|, of each readout, (M,), as if it were normal about its mean.

        The mean of |shift + a normal deviation| (Leone, Nelson and Nottingham 1961, Technometrics
        3, 543). Readouts are not normal where few angles make them, and then it is off by up to a
        tenth.
        """
        spread = np.sqrt(np.maximum(_NOTHING, self.errors**2 - self.shift**2))
        ratio = np.abs(self.shift) / spread
        inside = np.array([erf(each / sqrt(2)) for each in ratio])
        normal = sqrt(2 / pi) * spread * np.exp(-(ratio**2) / 2)
        return np.asarray(normal + np.abs(self.shift) * inside)


@dataclass(frozen=True, slots=True, eq=False)
class _Local:
    """Product of what acts on one qubit, or on two, since they were last joined with the others.

    k is 4 for one qubit and 16 for two. The matrix, the source and the means are those before the
    last fixed steps: what several of them do adds up before it is squared.

    Args:
        matrix: Matrices of the chains: (3, k, k).
        source: What steps since then add to them where the other qubits are at their means: (3, k).
        means: Mean coefficients, ideal and noisy: (2, k).
        fixed: Transfer matrices of the last fixed steps, ideal and noisy: (2, k, k).
    """

    matrix: Array
    source: Array
    means: Array
    fixed: Array

    def follow(self, step: Step, side: int | None = None) -> _Local:
        """Return it after a step: on all its qubits, or on one of two."""
        if step.transfer is None:
            return self.square()._rotate([_widen(part, side) for part in split_rotation(step.gate)])
        transfer = _widen(step.transfer, side)
        ideal = self.fixed[0] if step.error else transfer @ self.fixed[0]
        return replace(self, fixed=np.stack([ideal, transfer @ self.fixed[1]]))

    def square(self) -> _Local:
        """Return it with the last fixed steps in the matrices."""
        squares = _multiply(self.fixed)
        return _Local(
            squares @ self.matrix,
            (squares @ self.source[..., None])[..., 0],
            (self.fixed @ self.means[..., None])[..., 0],
            _start_fixed(self.fixed.shape[1]),
        )

    def _rotate(self, parts: Sequence[Array]) -> _Local:
        constant, cosine, sine = parts
        mixed = (cosine**2 + sine**2) / 2
        matrix = constant**2 + mixed
        return _Local(
            matrix @ self.matrix,
            self.source @ matrix.T + _multiply(self.means) @ mixed.T,
            self.means @ constant.T,
            self.fixed,
        )


def _widen(matrix: Array, side: int | None) -> Array:
    """Return a matrix on one of two qubits as one on both; as it is without a side."""
    if side is None:
        return matrix
    one = np.eye(4)
    return np.kron(matrix, one) if side == 0 else np.kron(one, matrix)


def _multiply(pair: Array) -> Array:
    """Return the products of ideal and noisy (2, ...): (3, ...)."""
    ideal, noisy = pair
    return np.stack([ideal * ideal, ideal * noisy, noisy * noisy])


def _join(first: _Local, second: _Local) -> _Local:
    """Return what acts on two qubits of what acts on each."""
    first, second = first.square(), second.square()
    matrix = first.matrix[:, :, None, :, None] * second.matrix[:, None, :, None, :]
    own, other = _multiply(first.means), _multiply(second.means)
    source = _cross(own + first.source, other + second.source) - _cross(own, other)
    means = _cross(first.means, second.means)
    return _Local(matrix.reshape(_RUNS, 16, 16), source, means, _start_fixed(16))


def _cross(first: Array, second: Array) -> Array:
    return (first[:, :, None] * second[:, None, :]).reshape(len(first), 16)


def _rest(means: Array) -> _Local:
    size = means.shape[1]
    source = np.zeros((_RUNS, size))
    return _Local(np.tile(np.eye(size), (_RUNS, 1, 1)), source, means, _start_fixed(size))


def _start_fixed(size: int) -> Array:
    return np.tile(np.eye(size), (2, 1, 1))


def average(circuit: NoisyCircuit, given: Sequence[int] = ()) -> Averages:
    """Average the squared readouts of a circuit over all its angles.

    Args:
        circuit: Circuit with its errors.
        given: Qubits, as positions among those of the circuit, that hold an encoded vector at the
            start, taken to be a random real one; the others are in |0>.
    """
    count = len(circuit.qubits)
    known = np.array([[1.0, 0, 0, 0] if qubit in given else _GROUND for qubit in range(count)])
    chains = _Chains(known, _start(count, given))
    for step in circuit.steps:
        chains.follow(step)
    return chains.read(circuit.readings)


def _start(count: int, given: Sequence[int]) -> Array:
    """Return the mean squared Pauli coefficients (4**count,) before the first step."""
    state, odd, some = np.ones(1), np.zeros(1, bool), np.zeros(1, bool)
    for mine in (qubit in given for qubit in range(count)):
        state = np.kron(state, _GIVEN if mine else _GROUND)
        odd = (odd[:, None] ^ np.array([False, False, mine, False])).ravel()
        some = (some[:, None] | (np.arange(4) > 0) & mine).ravel()
    # A random real vector has E[<P>**2] = 2 / (size + 2) for strings with an even number of Y.
    state[some] *= 2 / ((1 << len(given)) + 2)
    state[odd] = 0
    return state


def _sort(step: Step) -> Step:
    """Return a step with its qubits in order; rotations of two qubits are the same either way."""
    if step.transfer is None or step.qubits == tuple(sorted(step.qubits)):
        return step
    swapped = step.transfer.reshape(4, 4, 4, 4).transpose(1, 0, 3, 2).reshape(16, 16)
    return replace(step, transfer=swapped)


class _Chains:
    """The mean squares of three chains, beyond those of independent qubits.

    What acts on a qubit or a pair waits until it is needed, so that the large tensor is multiplied
    once for each two-qubit gate.

    Args:
        known: Mean coefficients of each qubit at the start: (qubits, 4).
        squares: Mean squares at the start: (4**qubits,).
    """

    def __init__(self, known: Array, squares: Array) -> None:
        count = len(known)
        product = np.ones(1)
        for each in known:
            product = np.kron(product, each**2)
        self.tensor = np.tile(squares - product, (_RUNS, 1))
        self.order = list(range(count))
        self.waiting = [_rest(np.stack([each, each])) for each in known]
        self.joined = [each.means for each in self.waiting]
        """Means of each qubit where the tensor is."""
        self.pairs: dict[tuple[int, ...], _Local] = {}

    def follow(self, step: Step) -> None:
        """Take a step."""
        pair = tuple(sorted(step.qubits))
        for other in [other for other in self.pairs if {*other} & {*pair}]:
            if {*pair} <= {*other}:
                break
            self._apply(other)
        else:
            if len(pair) == 1:
                self.waiting[pair[0]] = self.waiting[pair[0]].follow(step)
                return
            other = pair
            self.pairs[pair] = _join(*(self.waiting[qubit] for qubit in pair))
        side = other.index(pair[0]) if len(pair) == 1 else None
        self.pairs[other] = self.pairs[other].follow(_sort(step), side)

    def _apply(self, pair: tuple[int, ...]) -> None:
        """Apply what waits on a pair to the tensor."""
        local, count = self.pairs.pop(pair).square(), len(self.order)
        axes = [1 + self.order.index(q) for q in pair]
        tensor = np.moveaxis(self.tensor.reshape((_RUNS,) + (4,) * count), axes, [1, 2])
        self.order = [*pair, *(q for q in self.order if q not in pair)]
        self.tensor = local.matrix @ tensor.reshape(_RUNS, 16, -1)
        means = local.means.reshape(2, 4, 4)
        for qubit, mine in zip(pair, (means[:, :, 0], means[:, 0]), strict=True):
            self.joined[qubit] = mine
            self.waiting[qubit] = _rest(mine)
        own = _cross(*(_multiply(self.joined[q]) for q in pair))
        beyond = local.source + _multiply(local.means) - own
        if beyond.any():
            rest = np.ones((_RUNS, 1))
            for qubit in self.order[2:]:
                mine = _multiply(self.joined[qubit])
                rest = (rest[:, :, None] * mine[:, None, :]).reshape(_RUNS, -1)
            self.tensor += beyond[:, :, None] * rest[:, None, :]

    def read(self, readings: Array) -> Averages:
        """Return the mean squares of what is read (M, qubits, 4)."""
        for pair in list(self.pairs):
            self._apply(pair)
        self.waiting = [each.square() for each in self.waiting]
        tensor = self.tensor.reshape((_RUNS,) + (4,) * len(self.order))
        found = np.empty((_RUNS + 1, len(readings)))
        for column, reading in enumerate(readings):
            found[:, column] = self._read(reading, tensor)
        return Averages(*found)

    def _read(self, reading: Array, tensor: Array) -> Array:
        """Return the mean squares of a reading (qubits, 4), and its mean error: (4,)."""
        ideal = np.where(reading[:, 1:].any(axis=1)[:, None], np.sign(reading), reading)
        ideal[reading[:, 1:].any(axis=1), 0] = 0
        both = np.stack([ideal, reading])
        factor = _multiply(both)
        read = [q for q in self.order if reading[q, 1:].any() or reading[q, 0] != 1]
        index = (slice(None), *(slice(None) if q in read else 0 for q in self.order))
        part = tensor[index]
        for qubit in reversed(read):
            factors = np.einsum("cp,cpq->cq", factor[:, qubit], self.waiting[qubit].matrix)
            part = np.einsum("c...p,cp->c...", part, factors)
        everything, own, means = np.ones(_RUNS), np.ones(_RUNS), np.ones(2)
        for qubit in read:
            local = self.waiting[qubit]
            known = _multiply(local.means)
            everything *= np.einsum("cp,cp->c", factor[:, qubit], known + local.source)
            own *= np.einsum("cp,cp->c", factor[:, qubit], known)
            means *= np.einsum("cp,cp->c", both[:, qubit], local.means)
        squares = part + everything - own + _multiply(means)
        return np.append(squares, means[1] - means[0])
