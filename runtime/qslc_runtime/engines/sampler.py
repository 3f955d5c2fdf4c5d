"""Measure the compiled circuit on a chip, or on anything that samples circuits."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

import cirq
import keras
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.engine import Engine
from qslc_runtime.engines.host import call_on_host
from qslc_runtime.engines.sampled_gradients import ParameterShift, Rule, Spsa
from qslc_runtime.mitigation.combination import propagate
from qslc_runtime.mitigation.options import Mitigation
from qslc_runtime.mitigation.readout import make_correction
from qslc_runtime.noise import Place
from qslc_runtime.sampling.copies import Copies, find_copies, find_couplers
from qslc_runtime.sampling.estimate import Estimate
from qslc_runtime.sampling.measurer import Measurer
from qslc_runtime.sampling.program import Program
from qslc_runtime.sampling.record import open_record
from qslc_runtime.sampling.samplers import find_sampler

_MOST_COPIES = 1000


class SamplerEngine(Engine):
    """Expectations of the physical circuit, measured by a ``cirq.Sampler``.

    The circuit is symbolic in its angles. A call sends one sweep for each setting of the
    measurement (``measurement.group_settings``), with the angles of all its tokens. Every job is
    written to the record before it is sent and its results when they come, so equal angles are
    measured and paid once, and a program that was killed goes on where it was.

    Errors that a new try may cure, such as a busy server, are tried again after 1, 2, 4, ...
    seconds; so are results that are missing. Where a job may have run all the same, such as after a
    time-out, it is lost. Other errors are raised.

    The gradient by the inputs of a vector that is prepared cannot be measured: it is NaN. That by
    the weights is not affected.

    Args:
        artifact: The compile to evaluate.
        layer_class: The generated layer, of the same compile.
        sampler: A name in ``qslc_runtime.sampling.SAMPLERS``: "simulator" (Cirq's), "qsim",
            "noisy" (the noise of the compile), or one that ``register_sampler`` added. Or a
            ``cirq.Sampler``; a layer with that cannot be saved.
        shots: Number for each token and setting, over all circuits that mitigation runs in the
            place of one. None: what the spec says under ``execution``, or else 1000.
        mitigation: Options of ``mitigation.Mitigation`` by name, which replace those of the spec.
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
        fidelity: Fidelity that prepared vectors must have. Tokens whose variational preparation
            misses it run the exact one (``fallback.json``), whose circuit is longer. None: all
            tokens run the variational one, as well as it can be.

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
        shots: int | None = None,
        mitigation: Mapping[str, Any] | None = None,
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
        fidelity: float | None = None,
    ) -> None:
        execution = artifact.execution
        shots = shots if shots is not None else execution.choose_shots()
        chosen = execution.mitigation if mitigation is None else Mitigation.parse(mitigation)
        _check_counts(shots=shots, spsa_samples=spsa_samples, attempts=attempts, job_size=job_size)
        _check_counts(**({} if copies == "auto" else {"copies": copies}))
        _check_counts(**({} if max_shots is None else {"max_shots": max_shots}))
        _check_choices(seed, spsa_step, gradient, lost)
        _check_fidelity(fidelity, artifact)
        _check_mitigation(chosen, copies, gradient)
        artifact.check_layer(layer_class)
        self._program = program = Program(artifact, chosen, seed)
        self._rule = _make_rule(program, gradient, step=spsa_step, samples=spsa_samples, seed=seed)
        self.differentiable = self._rule is not None
        entry, jobs = find_sampler(sampler), open_record(record)
        made = entry.make(artifact, _mix(f"{seed} {artifact.digest} {len(jobs.jobs)}"))
        submission = {
            "sampler": made,
            "seed": seed,
            "free": entry.free or lost == "resend",
            "attempts": attempts,
            "job_size": job_size,
        }

        def make_measurer(program: Program) -> Measurer:
            return Measurer(
                program,
                entry,
                jobs,
                _make_copies(artifact, made, program, copies),
                mitigation=chosen,
                confusion=make_correction(chosen, program, entry.name, jobs, submission),
                reuse=reuse,
                max_shots=max_shots,
                shots=-(-shots // program.variants),
                **submission,
            )

        self._measure = make_measurer(program)
        self._reuse = reuse
        self._identity = (
            *(artifact.digest, sampler, shots, seed, copies, lost, attempts, job_size, fidelity),
            *(None if record is None else os.fspath(record), max_shots is None, chosen),
        )
        self._said_price = False
        self._sampler, self._shots, self._mitigation = entry.name, shots, chosen
        self._fidelity, self._exact = fidelity, None
        prepared = artifact.preparation
        if fidelity is not None and prepared is not None and prepared.fallback_symbols:
            exact = Program(artifact, chosen, seed, fallback=True)
            rule = _make_rule(exact, gradient, step=spsa_step, samples=spsa_samples, seed=seed)
            self._exact = exact, rule, make_measurer(exact)
            self._measure.share_budget(self._exact[2])

    @property
    def source(self) -> str:
        """The engine, and the sampler by its name."""
        return f"{self.name} {self._sampler}"

    def estimate_variances(self, values: Any) -> Any:
        """Return the variance of measured means (tokens, M), where readout is perfect."""
        clipped = np.clip(values, -1, 1)
        means = np.repeat(clipped[None], self._program.variants, axis=0)
        each = (1 - means**2) * self._program.variants / self._shots
        return propagate(means, each, self._mitigation)

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
            self._evaluate,
            inputs,
            theta,
            self._program.observables,
            engine=self.name,
            gradient=gradient,
        )

    def join(self, other: SamplerEngine) -> bool:
        """Measure through one sampler and record with another engine; return whether it can be.

        The other is of the same compile and has the same options, and both measure equal angles
        once. ``max_shots`` then holds for both together: the sum.
        """
        if self._identity != other._identity or not self._reuse:
            return False
        self._measure.add_budget(other._measure)
        other._measure = self._measure
        if other._exact is not None and self._exact is not None:
            other._exact = (*other._exact[:2], self._exact[2])
        return True

    def measure_together(
        self, asked: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]]
    ) -> None:
        """Measure several inputs (tokens, FEATURES), each at angles (P,), in one job a setting.

        The results go to the record, where calls of joined engines find them.

        Raises:
            SamplerError, RecordError: As ``expectations``.
        """
        rows: dict[Measurer, list[NDArray[np.float64]]] = {}
        for inputs, theta in asked:
            for program, _, measure, chosen in self._divide(inputs):
                _, variables = program.gather(inputs[chosen], theta)
                rows.setdefault(measure, []).append(program.polynomials(variables))
        for measure, angles in rows.items():
            measure(np.concatenate(angles))

    def estimate(self, tokens: Any, theta: Any = None, *, gradient: bool = False) -> Estimate:
        """Return what tokens take, without sending anything.

        Args:
            tokens: Their number, or their inputs (tokens, FEATURES).
            theta: (P,) in radians; with it and inputs, and without gradients, what the record
                holds already is left out.
            gradient: Whether gradients are measured too, as in a step of training.

        Raises:
            ValueError: Gradients are asked for, and the option ``gradient`` is not set.
        """
        if gradient and self._rule is None:
            raise ValueError(f'engine "sampler" has no gradient; {self.gradient_hint}')
        evaluations = 1 + (self._rule.evaluations if gradient and self._rule else 0)
        if theta is None or isinstance(tokens, int) or gradient:
            count = tokens if isinstance(tokens, int) else len(tokens)
            sets = [count * evaluations] * len(self._program.measured)
        else:
            inputs, theta = np.asarray(tokens, np.float32), np.asarray(theta)
            _, variables = self._program.gather(inputs, theta)
            sets = self._measure.count_unknown(self._program.polynomials(variables))
        return self._measure.estimate(evaluations, sets)

    def _evaluate(self, inputs: NDArray[np.float32], theta: NDArray[np.float32]) -> Any:
        self._say_price(len(self._program.list_states(inputs)))
        rows = np.zeros((len(inputs), self._program.observables), np.float32)
        rows[~np.isfinite(inputs).all(axis=1)] = np.nan
        for program, _, measure, chosen in self._divide(inputs):
            tokens, variables = program.gather(inputs[chosen], theta)
            rows[chosen[tokens]] = measure(program.polynomials(variables))
        return rows

    def _divide(
        self, inputs: NDArray[np.float32]
    ) -> Iterator[tuple[Program, Rule | None, Measurer, NDArray[np.intp]]]:
        """Yield by which program tokens are measured, and their numbers."""
        missed = np.zeros(len(inputs), bool)
        if self._exact is not None and self._fidelity is not None:
            missed = self._program.find_misses(inputs, self._fidelity)
        yield self._program, self._rule, self._measure, np.flatnonzero(~missed)
        if self._exact is not None and missed.any():
            yield *self._exact, np.flatnonzero(missed)

    def _differentiate(
        self,
        inputs: NDArray[np.float32],
        theta: NDArray[np.float32],
        upstream: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the derivatives by the inputs (tokens, features) and by theta (P,)."""
        by_inputs, by_theta = np.zeros(inputs.shape, np.float32), np.zeros(theta.shape, np.float32)
        for program, rule, measure, chosen in self._divide(inputs):
            assert rule is not None  # noqa: S101 - expectations passes it only with a rule
            own = inputs[chosen]
            tokens, variables = program.gather(own, theta)
            wanted = upstream[chosen[tokens]].astype(np.float64)
            slopes = rule.differentiate(measure, variables, wanted)
            by_inputs[chosen], of_weights = program.split_derivatives(slopes, tokens, own.shape)
            by_theta += of_weights
        return by_inputs, by_theta

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


def _mix(text: str) -> int:
    """Return a seed of 32 bits. Circuits, and programs that go on, have random numbers apart."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little")


def _make_rule(
    program: Program, gradient: str | None, *, step: float, samples: int, seed: int
) -> Rule | None:
    if gradient is None:
        return None
    if gradient == "parameter_shift":
        return ParameterShift(program.gates, program.polynomials, program.wanted)
    return Spsa(program.polynomials, program.wanted, step=step, samples=samples, seed=seed)


def _check_fidelity(fidelity: object, artifact: Artifact) -> None:
    if fidelity is None:
        return
    if not isinstance(fidelity, int | float) or not 0 <= fidelity <= 1:
        raise ValueError(f"fidelity lies between 0 and 1: {fidelity!r}")
    if artifact.preparation is None:
        raise ValueError("fidelity is that of prepared vectors, and this compile prepares none")


def _make_copies(
    artifact: Artifact,
    sampler: cirq.Sampler,
    program: Program,
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
    copies = find_copies(program.circuit, program.qubits, couplers, most)
    if wanted != "auto" and copies.count < wanted:
        raise ValueError(
            f"copies={wanted}, but the chip has room for {copies.count} beside each other; pass "
            'copies="auto"'
        )
    return copies


def _check_mitigation(mitigation: Mitigation, copies: object, gradient: object) -> None:
    if mitigation.readout != "none" and copies != 1:
        raise ValueError(
            f"copies={copies!r} with readout={mitigation.readout!r}: errors of reading are known "
            "for one copy; leave one of the two out"
        )
    if mitigation.zne == "exponential" and gradient == "parameter_shift":
        raise ValueError(
            'gradient="parameter_shift" is of linear estimates, and zne="exponential" is none; '
            'pass zne="linear"'
        )


def _check_counts(**counts: object) -> None:
    for name, value in counts.items():
        if type(value) is not int or value < 1:
            raise ValueError(f"{name} is a whole number, at least 1, not {value!r}")


def _check_choices(seed: object, step: object, gradient: object, lost: object) -> None:
    if type(seed) is not int or not 0 <= seed < 2**32:
        raise ValueError(f"seed is a whole number from 0 to 2**32 - 1, not {seed!r}")
    if not isinstance(step, int | float) or not 0 < step < np.pi:
        raise ValueError(f"spsa_step is an angle between 0 and pi, not {step!r}")
    if gradient not in (None, "parameter_shift", "spsa"):
        raise ValueError(f'gradient is "parameter_shift", "spsa" or None, not {gradient!r}')
    if lost not in ("refuse", "resend"):
        raise ValueError(f'lost is "refuse" or "resend", not {lost!r}')
