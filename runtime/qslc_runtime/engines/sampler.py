"""Measure the compiled circuit on a chip, or on anything that samples circuits."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Literal

import cirq
import keras
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.engine import Engine
from qslc_runtime.engines.host import call_on_host
from qslc_runtime.engines.sampled_circuit import SampledCircuit
from qslc_runtime.engines.sampler_options import SamplerOptions
from qslc_runtime.mitigation.combination import propagate
from qslc_runtime.noise import Place
from qslc_runtime.sampling.estimate import Estimate
from qslc_runtime.sampling.record import open_record
from qslc_runtime.sampling.samplers import find_sampler


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

    Example:
        >>> options = {"sampler": "noisy", "shots": 100, "record": "jobs.jsonl"}
        >>> layer = compiled.layer(engine="sampler", engine_options=options)
        >>> layer(hidden).shape[-1]
        3
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
        self._options = options = SamplerOptions.make(
            artifact,
            sampler=sampler,
            shots=shots,
            mitigation=mitigation,
            seed=seed,
            gradient=gradient,
            spsa_step=spsa_step,
            spsa_samples=spsa_samples,
            copies=copies,
            reuse=reuse,
            record=record,
            lost=lost,
            attempts=attempts,
            job_size=job_size,
            max_shots=max_shots,
            fidelity=fidelity,
        )
        artifact.check_layer(layer_class)
        entry, jobs = find_sampler(sampler), open_record(record)
        made = entry.make(artifact, _mix(f"{seed} {artifact.digest} {len(jobs.jobs)}"))
        make_circuit = partial(SampledCircuit.make, artifact, options, entry, made, jobs)
        self._circuit, self._exact = make_circuit(), None
        self._digest, self._sampler, self._said_price = artifact.digest, entry.name, False
        self.differentiable = self._circuit.rule is not None
        prepared = artifact.preparation
        if fidelity is not None and prepared is not None and prepared.fallback_symbols:
            self._exact = make_circuit(fallback=True)
            self._circuit.measure.share_budget(self._exact.measure)

    @property
    def source(self) -> str:
        """The engine, and the sampler by its name."""
        return f"{self.name} {self._sampler}"

    def estimate_variances(self, values: Any) -> Any:
        """Return the variance of measured means (tokens, M), where readout is perfect."""
        clipped, variants = np.clip(values, -1, 1), self._circuit.program.variants
        means = np.repeat(clipped[None], variants, axis=0)
        each = (1 - means**2) * variants / self._options.shots
        return propagate(means, each, self._options.mitigation)

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
        return call_on_host(
            self._evaluate,
            inputs,
            theta,
            self._circuit.program.observables,
            engine=self.name,
            gradient=self._differentiate if self.differentiable else None,
        )

    def join(self, other: SamplerEngine) -> bool:
        """Measure through one sampler and record with another engine; return whether it can be.

        The other is of the same compile and has the same options, and both measure equal angles
        once. ``max_shots`` then holds for both together: the sum.
        """
        if self._digest != other._digest or not self._options.can_share(other._options):
            return False
        self._circuit.measure.add_budget(other._circuit.measure)
        other._circuit, other._exact = self._circuit, self._exact
        return True

    def measure_together(
        self, asked: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]]
    ) -> None:
        """Measure several inputs (tokens, FEATURES), each at angles (P,), in one job a setting.

        The results go to the record, where calls of joined engines find them.

        Raises:
            SamplerError, RecordError: As ``expectations``.
        """
        rows: dict[SampledCircuit, list[NDArray[np.float64]]] = {}
        for inputs, theta in asked:
            for circuit, chosen in self._divide(inputs):
                _, angles = circuit.list_angles(inputs[chosen], theta)
                rows.setdefault(circuit, []).append(angles)
        for circuit, parts in rows.items():
            circuit.measure(np.concatenate(parts))

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
        circuit, rule = self._circuit, self._circuit.rule if gradient else None
        if gradient and rule is None:
            raise ValueError(f'engine "sampler" has no gradient; {self.gradient_hint}')
        evaluations = 1 + (0 if rule is None else rule.evaluations)
        if theta is None or isinstance(tokens, int) or gradient:
            count = tokens if isinstance(tokens, int) else len(tokens)
            sets = [count * evaluations] * len(circuit.program.measured)
        else:
            inputs = np.asarray(tokens, np.float32)
            _, angles = circuit.list_angles(inputs, np.asarray(theta))
            sets = circuit.measure.count_unknown(angles)
        return circuit.measure.estimate(evaluations, sets)

    def _evaluate(self, inputs: NDArray[np.float32], theta: NDArray[np.float32]) -> Any:
        program = self._circuit.program
        self._say_price(len(program.list_states(inputs)))
        rows = np.zeros((len(inputs), program.observables), np.float32)
        rows[~np.isfinite(inputs).all(axis=1)] = np.nan
        for circuit, chosen in self._divide(inputs):
            tokens, angles = circuit.list_angles(inputs[chosen], theta)
            rows[chosen[tokens]] = circuit.measure(angles)
        return rows

    def _differentiate(
        self,
        inputs: NDArray[np.float32],
        theta: NDArray[np.float32],
        upstream: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the derivatives by the inputs (tokens, features) and by theta (P,)."""
        by_inputs, by_theta = np.zeros(inputs.shape, np.float32), np.zeros(theta.shape, np.float32)
        for circuit, chosen in self._divide(inputs):
            found = circuit.differentiate(inputs[chosen], theta, upstream[chosen])
            by_inputs[chosen] = found[0]
            by_theta += found[1]
        return by_inputs, by_theta

    def _divide(
        self, inputs: NDArray[np.float32]
    ) -> Iterator[tuple[SampledCircuit, NDArray[np.intp]]]:
        """Yield by which circuit tokens are measured, and their numbers."""
        missed, fidelity = np.zeros(len(inputs), bool), self._options.fidelity
        if self._exact is not None and fidelity is not None:
            missed = self._circuit.program.find_misses(inputs, fidelity)
        yield self._circuit, np.flatnonzero(~missed)
        if self._exact is not None and missed.any():
            yield self._exact, np.flatnonzero(missed)

    def _say_price(self, tokens: int) -> None:
        """Tell on one line of stderr what a step takes, once, where Keras is not silent."""
        silent = not keras.config.is_interactive_logging_enabled()
        if silent or self._said_price or not self.differentiable:
            return
        self._said_price = True
        price = self.estimate(tokens, gradient=True)
        print(f'engine "sampler": a step of training measures {price}', file=sys.stderr)  # noqa: T201


def _mix(text: str) -> int:
    """Return a seed of 32 bits. Circuits, and programs that go on, have random numbers apart."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little")
