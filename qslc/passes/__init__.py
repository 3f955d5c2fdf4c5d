"""Program -> program: fewer gates, the same expectations. One idea, one file."""

from qslc.passes.levels import NATIVE_PASSES, PASSES
from qslc.passes.run import Pass, cleaned, run

__all__ = ["NATIVE_PASSES", "PASSES", "Pass", "cleaned", "run"]
