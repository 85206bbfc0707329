class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot be had, for the reason that the message says in one line."""
