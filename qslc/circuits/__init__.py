"""Read circuits that others wrote, of Cirq and of OpenQASM, in the gates of the table."""
