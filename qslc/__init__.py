"""qslc: a compiler and code generator for quantum sublayers."""
