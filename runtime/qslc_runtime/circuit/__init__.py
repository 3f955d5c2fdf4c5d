"""Circuits as generated layers state them, and their simulation in ``keras.ops``.

| module | holds |
|---|---|
| ``gates`` | the gates on one qubit, one table |
| ``tables`` | permutations, signs and Pauli strings, given by their qubits |
| ``steps`` | the steps of a circuit, and angles as polynomials |
| ``real``, ``complex`` | simulation with ``keras.ops`` |

Generated layers import ``tables`` as ``qslc_runtime.tables``, ``real`` as ``qslc_runtime.kernel``,
``complex`` as ``qslc_runtime.pairs`` and ``steps`` as ``qslc_runtime.compiled.steps``.
"""
