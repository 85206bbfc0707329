from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """What operators may set.

    `frontend_origins` may read answers in a browser (CORS); `max_body_size` is in bytes;
    `require_if_match` refuses changes that do not say what they change (428); `access_log` gets
    one line of JSON per request.
    """

    frontend_origins: tuple[str, ...] = ()
    max_body_size: int = 65_536
    require_if_match: bool = False
    access_log: Callable[[bytes], object] | None = None
