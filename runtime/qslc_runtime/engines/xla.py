"""Whether XLA compiles the TensorFlow graph that is being traced."""

from __future__ import annotations

import tensorflow as tf
from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext


def refuse_xla(engine: str) -> None:
    """Called where an engine meets its tensors: XLA's own error names neither engine nor remedy.

    Raises:
        RuntimeError: the call is traced under ``jit_compile=True``.
    """
    if GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()):
        raise RuntimeError(
            f'engine "{engine}" does not run under jit_compile=True; use engine="native", or '
            "compile with jit_compile=False"
        )
