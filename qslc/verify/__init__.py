"""Evidence that what comes out of the compiler is equal to what went in."""

from qslc.ir.steps import Verification
from qslc.verify.equivalence import verify

__all__ = ["Verification", "verify"]
