"""Tests of circuits from elsewhere."""
