from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """What operators may set.

    `frontend_origins` may read answers in a browser (CORS); `max_body_size` is in bytes;
    `access_log` gets one line of JSON per request.
    """

    frontend_origins: tuple[str, ...] = ()
    # The largest task that the rules allow, with each character escaped, has 123 kB.
    max_body_size: int = 131_072
    access_log: Callable[[bytes], object] | None = None
