from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """What operators may set.

    `frontend_origins` may read answers in a browser (CORS); `max_body_size` is in bytes;
    `require_if_match` refuses changes that do not say what they change (428); `access_log` gets
    one line of JSON per request. `heartbeat` is the seconds between signs of life in a stream of
    changes, of which each process gives a user `streams_per_user` at once. `cursor_key` seals the
    cursors of lists: where several processes serve the same users, it is 16 to 64 secret bytes that
    they share.
    """

    frontend_origins: tuple[str, ...] = ()
    max_body_size: int = 65_536
    require_if_match: bool = False
    access_log: Callable[[bytes], object] | None = None
    heartbeat: float = 15
    streams_per_user: int = 10
    cursor_key: bytes = field(default_factory=lambda: token_bytes(32), repr=False)
