"""Placement: which device qubit holds each qubit of a program."""
