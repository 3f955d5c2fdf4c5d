"""Other compilers, one file each. They run in an environment of their own, without qslc."""
