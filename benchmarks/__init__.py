"""Honeydo beside its peers, measured. `make bench` runs it; README.md says what it does and how."""
