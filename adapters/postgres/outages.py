"""Failures of the server or of its state, which operators mend, told from defects of ours."""

import logging
from typing import Final

import psycopg

from honeydo.application.errors import Unavailable

logger: Final = logging.getLogger(__name__)

OUTAGES: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
)


def unavailable(outage: psycopg.Error) -> Unavailable:
    """What the caller is told of it; the operator finds the rest in the log."""
    logger.warning("The database failed: %s", " ".join(str(outage).split()))
    return Unavailable()
