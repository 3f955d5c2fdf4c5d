"""Compare a compile with what other compilers make of the same spec."""
