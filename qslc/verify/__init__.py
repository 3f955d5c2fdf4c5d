"""Evidence that what comes out of the compiler is equal to what went in."""

from qslc.verify.equivalence import Verification, verify

__all__ = ["Verification", "verify"]
