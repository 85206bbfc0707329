"""Composition roots: where settings are read, adapters chosen and wired."""
