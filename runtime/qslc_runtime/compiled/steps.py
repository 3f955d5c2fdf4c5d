"""The steps by which generated layers state their circuit: see ``qslc_runtime.circuit.steps``."""

from __future__ import annotations

from qslc_runtime.circuit import steps

Step, Symbols = steps.Step, steps.Symbols
Amplitudes, Gates, Product = steps.Amplitudes, steps.Gates, steps.Product
Permutation, Parity, Phase, Measure = steps.Permutation, steps.Parity, steps.Phase, steps.Measure
