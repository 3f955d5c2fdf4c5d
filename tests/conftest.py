"""Property tests: no time limits, since machines are shared; the same examples in every CI run."""

from __future__ import annotations

import gc
import os
import signal
import threading

from hypothesis import HealthCheck, settings

# The workers share the cores: more threads only wait for one another. Set before TensorFlow loads.
for threads in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(threads, "1")

# A suite that is started in the background ignores these, and so would the programs that it starts.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

settings.register_profile(
    "qslc",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("qslc")


def pytest_collection_finish() -> None:
    """Leave what importing and collecting made out of garbage collections: it stays to the end."""
    gc.collect()
    gc.freeze()
