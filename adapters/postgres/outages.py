"""Failures of the server or of its state, which operators mend, told from defects of ours."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from honeydo.application.errors import Unavailable

logger: Final = logging.getLogger(__name__)


@contextmanager
def unavailable_on_outage() -> Iterator[None]:
    try:
        yield
    except (
        psycopg.OperationalError,
        psycopg.InterfaceError,
        psycopg.errors.ReadOnlySqlTransaction,
        psycopg.errors.UndefinedTable,
        psycopg.errors.UndefinedColumn,
    ) as error:
        logger.warning("The database failed: %s", " ".join(str(error).split()))
        raise Unavailable from error
