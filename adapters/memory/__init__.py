"""A full second implementation of the ports, in memory: for tests of your use cases, for trials."""

from .tasks import MemoryTasks

__all__ = ["MemoryTasks"]
