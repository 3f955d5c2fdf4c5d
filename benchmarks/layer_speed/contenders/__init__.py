"""The contenders, one file each. Each has ``step(case, tokens)``, which makes a training step.

A step is a function without arguments that runs forward and backward once and waits for the end:
the gradients of the sum of the squared outputs for the angles and for the inputs.
"""
