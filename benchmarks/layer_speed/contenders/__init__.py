"""The contenders: functions ``NAME(case, tokens)`` that make a training step.

A step is a function without arguments that runs forward and backward once and waits for the end:
the gradients of the sum of the squared outputs for the angles and for the inputs. A module imports
one framework alone, for each contender runs in a process whose memory is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

_MODULES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "on_tensorflow": (
            "dense",
            "keras_tensorflow",
            "keras_tensorflow_xla",
            "lora",
            "matrix_rate",
            "qslc_qsim",
            "qslc_tensorflow",
            "qslc_tfq",
        ),
        "on_jax": (
            "dense_jax",
            "keras_jax",
            "lora_jax",
            "matrix_rate_jax",
            "memory_rate_jax",
            "qslc_jax",
        ),
        "on_numpy": ("memory_rate",),
        "gpt2": ("gpt2_lora", "gpt2_qslc"),
        "pennylane": ("pennylane",),
        "tensorcircuit": ("tensorcircuit",),
        "tfq": ("tfq",),
    }
)
"""The contenders that each module defines."""


def find_contender(name: str) -> Callable[[Any, int], Callable[[], object]]:
    """Import a contender.

    Raises:
        ValueError: There is none of this name.
    """
    module = next((module for module, names in _MODULES.items() if name in names), None)
    if module is None:
        raise ValueError(f"no contender is called {name!r}")
    contender: Callable[[Any, int], Callable[[], object]] = getattr(
        import_module(f"{__name__}.{module}"), name
    )
    return contender
