"""The contenders: a table of training steps, each made by a function of ``case`` and ``tokens``.

A step is a function without arguments that runs forward and backward once and waits for the end:
the gradients of the sum of the squared outputs for the angles and for the inputs. A module imports
one framework alone, for each contender runs in a process whose memory is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from types import MappingProxyType
from typing import Any

Step = Callable[[], object]

CONTENDERS: Mapping[str, tuple[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "qslc_tensorflow": ("on_tensorflow:train", {"kernel": "compiled"}),
        "keras_tensorflow": ("on_tensorflow:train", {"kernel": "keras"}),
        "keras_tensorflow_xla": ("on_tensorflow:train", {"kernel": "keras", "xla": True}),
        "qslc_tfq": ("on_tensorflow:train", {"engine": "tfq"}),
        "qslc_qsim": ("on_tensorflow:evaluate", {"engine": "qsim"}),
        "dense": ("on_tensorflow:train", {"model": "dense"}),
        "lora": ("on_tensorflow:train", {"model": "lora"}),
        "matrix_rate": ("on_tensorflow:multiply_matrices", {}),
        "memory_rate": ("on_numpy:copy_memory", {}),
        "qslc_jax": ("on_jax:train", {"kernel": "compiled"}),
        "keras_jax": ("on_jax:train", {"kernel": "keras"}),
        "dense_jax": ("on_jax:train", {"model": "dense"}),
        "lora_jax": ("on_jax:train", {"model": "lora"}),
        "matrix_rate_jax": ("on_jax:multiply_matrices", {}),
        "memory_rate_jax": ("on_jax:negate_memory", {}),
        "gpt2_lora": ("gpt2:run_lora", {}),
        "gpt2_qslc": ("gpt2:run_sublayer", {}),
        "pennylane": ("pennylane:train", {}),
        "tensorcircuit": ("tensorcircuit:train", {}),
        "tfq": ("tfq:train", {}),
    }
)
"""Function, in a module, and options of each contender.

``qslc_*`` are engines of generated layers, with the compiled kernel where they are native;
``keras_*`` the same layers' keras.ops code. ``qslc_qsim`` runs forward alone.
"""


def find_contender(name: str) -> Callable[[Any, int], Step]:
    """Import a contender.

    Raises:
        ValueError: There is none of this name.
    """
    if name not in CONTENDERS:
        raise ValueError(f"no contender is called {name!r}")
    place, options = CONTENDERS[name]
    module, _, function = place.partition(":")
    return partial(getattr(import_module(f"{__name__}.{module}"), function), **options)
