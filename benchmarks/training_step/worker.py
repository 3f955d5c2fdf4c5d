"""Run one contender in a process of its own, as ``layer_speed.worker`` does.

python -m benchmarks.training_step.worker CONTENDER CASE TOKENS
"""

from __future__ import annotations

import sys

from benchmarks.layer_speed.worker import serve
from benchmarks.training_step.contenders import make_step

if __name__ == "__main__":
    serve(make_step(sys.argv[1], sys.argv[2]), before=0)
