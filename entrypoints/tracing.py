"""Traces of requests, if a standard variable of OpenTelemetry says where to export them to."""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Final

from .errors import SettingsError

if TYPE_CHECKING:
    from litestar.types import ASGIApp

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def is_wanted() -> bool:
    """Whether an endpoint is set. Raises `SettingsError` if what exports to it is missing."""
    variable = next((name for name in _ENDPOINTS if os.environ.get(name)), None)
    if variable is None:
        return False
    try:
        import_module(".spans", __package__)
    except ImportError as error:
        raise SettingsError(
            f"{variable} is set, but what exports traces is missing: pip install 'honeydo[otel]'"
        ) from error
    return True


def traced(app: "ASGIApp") -> "ASGIApp":
    """The application itself, unless traces are wanted. Raises `SettingsError`."""
    if not is_wanted():
        return app
    from .spans import with_spans

    return with_spans(app)
