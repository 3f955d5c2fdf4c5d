"""What a run ran on: versions, threads, memory."""

from __future__ import annotations

import os
import platform
import resource
import sys
from importlib.metadata import version
from typing import Any

import tensorflow as tf

_PACKAGES = ("tensorflow", "keras", "keras-hub", "numpy", "qslc")


def environment() -> dict[str, Any]:
    """Versions, the machine, and the threads of one operation."""
    gpus = [device.name for device in tf.config.list_physical_devices("GPU")]
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "threads": tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count(),
        "gpus": len(gpus),
    }


def peak_memory() -> int:
    """The largest resident memory of this process so far, in bytes; on a GPU, its memory."""
    if tf.config.list_physical_devices("GPU"):
        return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
