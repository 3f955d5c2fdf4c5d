"""State preparation of real vectors, beside peers."""
