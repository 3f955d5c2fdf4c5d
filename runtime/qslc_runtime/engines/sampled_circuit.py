"""A compiled circuit with the ways to measure and to differentiate it, as its options say."""

from __future__ import annotations

from dataclasses import dataclass

import cirq
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.sampled_gradients import ParameterShift, Rule, Spsa
from qslc_runtime.engines.sampler_options import SamplerOptions
from qslc_runtime.mitigation.readout import make_correction
from qslc_runtime.sampling.copies import Copies, find_copies, find_couplers
from qslc_runtime.sampling.measurer import Measurer
from qslc_runtime.sampling.program import Program
from qslc_runtime.sampling.record import Record
from qslc_runtime.sampling.samplers import NamedSampler

_MOST_COPIES = 1000


@dataclass(frozen=True, eq=False)
class SampledCircuit:
    """A circuit, from inputs and weights to measured expectations and their derivatives.

    Args:
        program: The circuit, and its angles for inputs and weights.
        measure: Angles to expectations.
        rule: How they are differentiated, or None.
    """

    program: Program
    measure: Measurer
    rule: Rule | None

    @classmethod
    def make(
        cls,
        artifact: Artifact,
        options: SamplerOptions,
        entry: NamedSampler,
        sampler: cirq.Sampler,
        record: Record,
        *,
        fallback: bool = False,
    ) -> SampledCircuit:
        """Return the circuit of a compile.

        Args:
            artifact: The compile.
            options: How it is measured.
            entry: Name, price and time of the sampler.
            sampler: The sampler.
            record: The jobs so far.
            fallback: Whether vectors are prepared by the exact circuit.

        Raises:
            ValueError: The circuit starts from an encoded vector, or there is no room for copies.
        """
        program = Program(artifact, options.mitigation, options.seed, fallback=fallback)
        copies = _make_copies(artifact, sampler, program, options.copies)
        submission = {
            "sampler": sampler,
            "seed": options.seed,
            "free": entry.free or options.lost == "resend",
            "attempts": options.attempts,
            "job_size": options.job_size,
        }
        mitigation = options.mitigation
        measurer = Measurer(
            program,
            entry,
            record,
            copies,
            mitigation=mitigation,
            confusion=make_correction(mitigation, program, copies, entry.name, record, submission),
            reuse=options.reuse,
            max_shots=options.max_shots,
            shots=-(-options.shots // program.variants),
            **submission,
        )
        return cls(program, measurer, _make_rule(program, options))

    def list_angles(
        self, inputs: NDArray[np.float32], theta: NDArray[np.float32]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return which inputs hold a state, and their angles (tokens, A) in radians."""
        tokens, variables = self.program.gather(inputs, theta)
        return tokens, self.program.polynomials(variables)

    def differentiate(
        self,
        inputs: NDArray[np.float32],
        theta: NDArray[np.float32],
        upstream: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the derivatives by inputs (tokens, FEATURES) and by theta (P,)."""
        assert self.rule is not None  # noqa: S101 - the engine asks only where there is one
        tokens, variables = self.program.gather(inputs, theta)
        wanted = upstream[tokens].astype(np.float64)
        slopes = self.rule.differentiate(self.measure, variables, wanted)
        return self.program.split_derivatives(slopes, tokens, inputs.shape)


def _make_rule(program: Program, options: SamplerOptions) -> Rule | None:
    if options.gradient is None:
        return None
    if options.gradient == "parameter_shift":
        return ParameterShift(program.gates, program.polynomials, program.wanted)
    return Spsa(
        program.polynomials,
        program.wanted,
        step=options.spsa_step,
        samples=options.spsa_samples,
        seed=options.seed,
    )


def _make_copies(
    artifact: Artifact, sampler: cirq.Sampler, program: Program, wanted: int | str
) -> Copies:
    if wanted == 1:
        return Copies()
    couplers = find_couplers(artifact, sampler)
    if couplers is None:
        raise ValueError(
            f"copies={wanted!r} needs the couplers of the chip, which neither the sampler's device "
            "nor the spec says; pass copies=1"
        )
    most = wanted if isinstance(wanted, int) else _MOST_COPIES
    copies = find_copies(program.circuit, program.qubits, couplers, most)
    if isinstance(wanted, int) and copies.count < wanted:
        raise ValueError(
            f"copies={wanted}, but the chip has room for {copies.count} beside each other; pass "
            'copies="auto"'
        )
    return copies
