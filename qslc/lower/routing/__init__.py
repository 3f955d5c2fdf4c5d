"""Routing: SWAPs for pairs that no coupler joins."""
