"""The swappable edges. No adapter imports another."""
