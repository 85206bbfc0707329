"""A full second implementation of the ports, in memory: for tests of your use cases, for trials."""

from .tasks import MemoryTasks, StoredUser
from .upkeep import MemoryUpkeep, MemoryVersions

__all__ = ["MemoryTasks", "MemoryUpkeep", "MemoryVersions", "StoredUser"]
