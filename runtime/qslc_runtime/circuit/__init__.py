"""Circuits as generated layers state them, and their simulation in ``keras.ops``.

| module | holds |
|---|---|
| ``gates`` | the gates on one qubit, one table |
| ``tables`` | permutations, signs and Pauli strings, given by their qubits |
| ``steps`` | the steps of a circuit, and angles as polynomials |
| ``matrices``, ``states`` | simulation with ``keras.ops`` |

Generated layers import ``tables`` as ``qslc_runtime.tables``, ``matrices`` and ``states`` as
``qslc_runtime.kernel`` and ``qslc_runtime.pairs``, ``steps`` as ``qslc_runtime.compiled.steps``.
"""
