"""Measure the compiled circuit on a chip, or on anything that samples circuits."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Protocol

import cirq
import keras
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.device_circuit import list_qubits
from qslc_runtime.engines.engine import Engine
from qslc_runtime.engines.host import call_on_host
from qslc_runtime.engines.measurement import SignedString, group_settings
from qslc_runtime.engines.rotations import make_polynomials, name_angles
from qslc_runtime.engines.sampled_gradients import ParameterShift, Rule, Spsa
from qslc_runtime.noise import Place
from qslc_runtime.sampling.copies import Copies, find_copies, find_couplers
from qslc_runtime.sampling.estimate import Estimate
from qslc_runtime.sampling.measured import measure_setting
from qslc_runtime.sampling.record import open_record
from qslc_runtime.sampling.samplers import find_sampler
from qslc_runtime.sampling.submission import SamplerError, Submitter

_DIGITS = 7
"""Decimals of angles that are sent: finer than any chip, and the same in batches of every size."""

_MOST_COPIES = 1000

_NO_VECTOR = (
    'engine "sampler" starts from |0...0>, but this circuit starts from the encoded vector of an '
    "amplitude encoder, which no chip can load; use an angle or IQP encoder, or "
    'engine="qsim", which simulates it'
)


class Preparation(Protocol):
    """Puts encoded vectors on the chip, by rotations in front of the compiled circuit.

    Attributes:
        symbols: The symbols ``prep_0``, ``prep_1``, ... of the circuit.
    """

    symbols: tuple[str, ...]

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
        """Return the angles of the symbols in radians: (tokens, features) to (tokens, P)."""


def find_preparation(artifact: Artifact) -> Preparation | None:
    """Return how a compile prepares its vectors; None: no compile does yet."""
    del artifact
    return None


class SamplerEngine(Engine):
    """Expectations of the physical circuit, measured by a ``cirq.Sampler``.

    The circuit is symbolic in its angles. A call sends one sweep for each setting of the
    measurement (``measurement.group_settings``), with the angles of all its tokens. Every job is
    written to the record before it is sent and its results when they come, so equal angles are
    measured and paid once, and a program that was killed goes on where it was.

    Errors that a new try may cure, such as a lost connection or a busy server, are tried again
    after 1, 2, 4, ... seconds; so are results that are missing. Other errors are raised.

    The gradient by the inputs of a vector that is prepared cannot be measured: it is NaN. That by
    the weights is not affected.

    Args:
        artifact: The compile to evaluate.
        layer_class: The generated layer, of the same compile.
        sampler: A name in ``qslc_runtime.sampling.SAMPLERS``: "simulator" (Cirq's), "qsim",
            "noisy" (the noise of the compile), or one that ``register_sampler`` added. Or a
            ``cirq.Sampler``; a layer with that cannot be saved.
        shots: Number for each token and setting.
        seed: Random seed of simulators and of SPSA. Another seed measures anew.
        gradient: How it is measured: "parameter_shift" or "spsa"; None: not at all.
        spsa_step: The step of SPSA, in radians.
        spsa_samples: Number of pairs of evaluations of SPSA for each token.
        copies: Number of copies of the circuit side by side on the chip, each of which measures a
            token of its own; "auto": as many as there is room for.
        reuse: Whether equal angles are measured once. False: each time, independently; a program
            that was killed still goes on where it was.
        record: Path of the record, a file of JSON lines; None: it is kept in memory.
        lost: What happens to a job that was sent and whose results never came: "refuse" raises an
            error, "resend" sends it again. Jobs of samplers that are free are always sent again,
            and those of samplers that can be asked for a job by its name are asked for.
        attempts: Number of tries of a job.
        job_size: Largest number of sets of parameters in a job.
        max_shots: Most shots that this engine sends; more are an error, before anything is sent.

    Raises:
        ValueError: An option is out of range; there is no such sampler; the circuit starts from an
            encoded vector; there is no room for the copies; or the layer is of another compile.
        RecordError: The record cannot be read.
    """

    name = "sampler"
    exact = False
    differentiable = False
    gradient_hint = 'ask for engine_options={"gradient": "parameter_shift"} or "spsa"'
    exportable = False
    backends = frozenset({"tensorflow", "jax", "torch"})
    noise: ClassVar[frozenset[Place]] = frozenset()
    reads_artifact = True
    supports_jit = False

    def __init__(
        self,
        artifact: Artifact,
        layer_class: type,
        *,
        sampler: str | cirq.Sampler = "simulator",
        shots: int = 1000,
        seed: int = 0,
        gradient: Literal["parameter_shift", "spsa"] | None = None,
        spsa_step: float = 0.1,
        spsa_samples: int = 1,
        copies: int | Literal["auto"] = 1,
        reuse: bool = True,
        record: str | os.PathLike[str] | None = None,
        lost: Literal["refuse", "resend"] = "refuse",
        attempts: int = 5,
        job_size: int = 1000,
        max_shots: int | None = None,
    ) -> None:
        counts = {"spsa_samples": spsa_samples, "attempts": attempts, "job_size": job_size}
        counts |= {"shots": shots} | ({} if copies == "auto" else {"copies": copies})
        counts |= {} if max_shots is None else {"max_shots": max_shots}
        _check_counts(counts)
        _check_seed(seed)
        _check_choices(gradient, lost, spsa_step)
        artifact.check_layer(layer_class)
        self._prepare = find_preparation(artifact)
        if artifact.taken.amplitudes and self._prepare is None:
            raise ValueError(_NO_VECTOR)
        entry = find_sampler(sampler)
        made = entry.make(artifact, seed)
        circuit, names, expressions = name_angles(artifact.physical_circuit, entangling=True)
        qubits = list_qubits(artifact)
        labels = [str(qubit) for qubit in qubits]
        strings = [
            SignedString({labels.index(label): p for label, p in o.physical.items()}, o.sign)
            for o in artifact.observables
        ]
        self._measured = [
            measure_setting(circuit, names, qubits, strings, setting)
            for setting in group_settings(strings)
        ]
        self._observables = len(strings)
        self._taken = artifact.taken
        self._weights = len(artifact.weights)
        variables = artifact.weights + artifact.inputs
        prepared = self._prepare.symbols if self._prepare else ()
        self._polynomials = make_polynomials(expressions, variables + prepared)
        gates = [op.gate for op in circuit.all_operations() if cirq.is_parameterized(op)]
        self._rule = self._make_rule(gates, gradient, len(variables), spsa_step, spsa_samples, seed)
        self.differentiable = self._rule is not None
        self._copies = _make_copies(artifact, made, circuit, qubits, copies)
        self._record = open_record(record)
        self._entry, self._shots, self._reuse = entry, shots, reuse
        self._job_size, self._max_shots = job_size, max_shots
        self._submitter = Submitter(
            made,
            entry.name,
            self._record,
            shots=shots,
            seed=seed,
            free=entry.free or lost == "resend",
            attempts=attempts,
            job_size=job_size,
        )
        self._seen: Counter[str] = Counter()
        self._sent = 0
        self._said_price = False

    def _make_rule(
        self,
        gates: list[cirq.Gate],
        gradient: str | None,
        wanted: int,
        step: float,
        samples: int,
        seed: int,
    ) -> Rule | None:
        if gradient is None:
            return None
        if keras.backend.backend() == "torch":
            raise ValueError(
                'engine "sampler" has no gradient under PyTorch; run Keras on TensorFlow or JAX'
            )
        if gradient == "parameter_shift":
            return ParameterShift(gates, self._polynomials, wanted)
        return Spsa(self._polynomials, wanted, step=step, samples=samples, seed=seed)

    @classmethod
    def make_config(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options as plain JSON values.

        Raises:
            ValueError: The sampler is given itself, not by its name.
        """
        if isinstance(options.get("sampler"), cirq.Sampler):
            raise ValueError(
                "a layer that holds a sampler itself cannot be saved; call qslc_runtime.sampling."
                'register_sampler("NAME", sampler), here and wherever the layer is loaded, and '
                'pass "sampler": "NAME"'
            )
        record = options.get("record")
        return {**options, **({} if record is None else {"record": os.fspath(record)})}

    def expectations(self, inputs: Any, theta: Any) -> Any:
        """Return the measured mean of each observable for each token.

        An array for arrays, a tensor for tensors; otherwise as ``Engine.expectations``. A token
        that is not finite is not sent.

        Raises:
            SamplerError: The sampler failed, or ``max_shots`` is too few.
            RuntimeError: A gradient is asked for, and the option ``gradient`` is not set.
        """
        gradient = self._differentiate if self._rule else None
        return call_on_host(
            self._evaluate, inputs, theta, self._observables, engine=self.name, gradient=gradient
        )

    def estimate(self, tokens: Any, theta: Any = None, *, gradient: bool = False) -> Estimate:
        """Return what tokens take, without sending anything.

        Args:
            tokens: Their number, or their inputs (tokens, FEATURES).
            theta: (P,) in radians; with it and inputs, what the record holds is left out (with
                ``reuse``, and without gradients).
            gradient: Whether gradients are measured too, as in a step of training.

        Raises:
            ValueError: Gradients are asked for, and the option ``gradient`` is not set.
        """
        if gradient and self._rule is None:
            raise ValueError(f'engine "sampler" has no gradient; {self.gradient_hint}')
        evaluations = 1 + (self._rule.evaluations if gradient and self._rule else 0)
        count = tokens if isinstance(tokens, int) else len(tokens)
        sets = count * evaluations * len(self._measured)
        if theta is not None and not isinstance(tokens, int) and not gradient and self._reuse:
            _, variables = self._gather(np.asarray(tokens, np.float32), np.asarray(theta))
            keys = self._make_keys(_round(self._polynomials(variables)))
            unknown = [len(self._submitter.find_unknown(row)) for row in keys]
            count, sets = max(unknown, default=0), sum(unknown)
        return self._make_estimate(count, evaluations, sets)

    def _make_estimate(self, tokens: int, evaluations: int, sets: int) -> Estimate:
        settings, together = len(self._measured), self._copies.count
        by_setting = sets / settings
        rows = -(-by_setting // together)
        jobs = settings * int(-(-rows // self._job_size))
        runs = settings * int(rows) * self._shots
        return Estimate(
            tokens=tokens,
            settings=settings,
            evaluations=evaluations,
            jobs=jobs,
            shots=sets * self._shots,
            runs=runs,
            seconds=self._estimate_seconds(jobs, runs),
        )

    def _estimate_seconds(self, jobs: int, runs: int) -> float | None:
        if self._entry.shot_seconds is not None:
            return runs * self._entry.shot_seconds + jobs * self._entry.call_seconds
        done = [j for j in self._record.jobs if j.seconds and j.sampler == self._entry.name]
        if not done:
            return None
        measured = sum(len(job.keys) * job.shots for job in done) / self._copies.count
        return runs * sum(job.seconds or 0.0 for job in done) / measured

    def _gather(
        self, inputs: NDArray[np.float32], theta: NDArray[np.float32]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the tokens to measure, and their variables: weights, inputs, preparation."""
        holds_state = np.isfinite(inputs).all(axis=1)
        if self._taken.amplitudes and not self._taken.bias:
            holds_state &= inputs.any(axis=1)
        tokens = np.flatnonzero(holds_state)
        parts = [np.broadcast_to(theta, (len(tokens), len(theta)))]
        if self._taken.angles:
            parts.append(inputs[tokens])
        if self._prepare is not None:
            parts.append(self._prepare(inputs[tokens]))
        return tokens, np.hstack(parts).astype(np.float64)

    def _evaluate(self, inputs: NDArray[np.float32], theta: NDArray[np.float32]) -> Any:
        tokens, variables = self._gather(inputs, theta)
        self._say_price(len(tokens))
        rows = np.zeros((len(inputs), self._observables), np.float32)
        rows[~np.isfinite(inputs).all(axis=1)] = np.nan
        rows[tokens] = self._measure(self._polynomials(variables))
        return rows

    def _differentiate(
        self,
        inputs: NDArray[np.float32],
        theta: NDArray[np.float32],
        upstream: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the derivatives by the inputs (tokens, features) and by theta (P,)."""
        assert self._rule is not None  # noqa: S101 - expectations passes it only with a rule
        tokens, variables = self._gather(inputs, theta)
        slopes = self._rule.differentiate(
            self._measure, variables, upstream[tokens].astype(np.float64)
        )
        by_inputs = np.full(inputs.shape, np.nan if self._prepare else 0.0, np.float32)
        if self._taken.angles:
            end = self._weights + inputs.shape[1]
            by_inputs[tokens] = slopes[:, self._weights : end]
        return by_inputs, slopes[:, : self._weights].sum(axis=0).astype(np.float32)

    def _say_price(self, tokens: int) -> None:
        """Tell on one line of stderr what a step takes, once, where Keras is not silent."""
        if (
            self._rule is None
            or self._said_price
            or not keras.config.is_interactive_logging_enabled()
        ):
            return
        self._said_price = True
        price = self.estimate(tokens, gradient=True)
        print(f'engine "sampler": a step of training measures {price}', file=sys.stderr)  # noqa: T201

    def _make_keys(self, angles: NDArray[np.float64]) -> list[list[str]]:
        """Return the keys of all sets of angles, for each setting."""
        return [
            [
                self._submitter.make_key(measured, row, self._count(measured.digest, row))
                for row in angles
            ]
            for measured in self._measured
        ]

    def _count(self, circuit: str, angles: NDArray[np.float64]) -> int:
        """Return how often these angles were measured before, where each time counts."""
        if self._reuse:
            return 0
        key = circuit + angles.tobytes().hex()
        self._seen[key] += 1
        return self._seen[key] - 1

    def _measure(self, angles: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean of each observable: (rows, A) to (rows, M)."""
        angles = _round(angles)
        keys = self._make_keys(angles)
        self._check_budget(sum(len(self._submitter.find_unknown(row)) for row in keys))
        values = np.empty((len(angles), self._observables))
        for measured, own in zip(self._measured, keys, strict=True):
            counts = self._submitter.measure(measured, self._copies, angles, own)
            for row, found in zip(values, counts, strict=True):
                row[list(measured.members)] = measured.average(found)
        return values

    def _check_budget(self, sets: int) -> None:
        shots = sets * self._shots
        if self._max_shots is not None and self._sent + shots > self._max_shots:
            raise SamplerError(
                f"{shots:,} shots are needed after {self._sent:,} that were sent, and max_shots is "
                f"{self._max_shots:,}; nothing further is sent"
            )
        self._sent += shots


def _round(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round angles; 0 has one sign."""
    return np.round(angles, _DIGITS) + 0.0


def _make_copies(
    artifact: Artifact,
    sampler: cirq.Sampler,
    circuit: cirq.Circuit,
    qubits: list[cirq.Qid],
    wanted: int | Literal["auto"],
) -> Copies:
    if wanted == 1:
        return Copies()
    couplers = find_couplers(artifact, sampler)
    if couplers is None:
        raise ValueError(
            f"copies={wanted!r} needs the couplers of the chip, which neither the sampler's device "
            "nor the spec says; pass copies=1"
        )
    most = _MOST_COPIES if wanted == "auto" else wanted
    copies = find_copies(circuit, qubits, couplers, most)
    if wanted != "auto" and copies.count < wanted:
        raise ValueError(
            f"copies={wanted}, but the chip has room for {copies.count} beside each other; pass "
            'copies="auto"'
        )
    return copies


def _check_counts(counts: Mapping[str, object]) -> None:
    for name, value in counts.items():
        if type(value) is not int or value < 1:
            raise ValueError(f"{name} is a whole number, at least 1, not {value!r}")


def _check_seed(seed: object) -> None:
    if type(seed) is not int or not 0 <= seed < 2**32:
        raise ValueError(f"seed is a whole number from 0 to 2**32 - 1, not {seed!r}")


def _check_choices(gradient: object, lost: object, step: object) -> None:
    if gradient not in (None, "parameter_shift", "spsa"):
        raise ValueError(f'gradient is "parameter_shift", "spsa" or None, not {gradient!r}')
    if lost not in ("refuse", "resend"):
        raise ValueError(f'lost is "refuse" or "resend", not {lost!r}')
    if not isinstance(step, int | float) or not 0 < step < np.pi:
        raise ValueError(f"spsa_step is an angle between 0 and pi, not {step!r}")
