"""Compute what theory says about a sublayer: expressive power, gradients, parameters, cost."""
