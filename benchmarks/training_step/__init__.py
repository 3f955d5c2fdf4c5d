"""A training step with sublayers, and a token of ``generate()``, beside LoRA of the same budget."""
