"""From the text of a variable to its value. Each raises `ValueError`, whose message goes on after
the variable's name and never repeats what may be secret."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

_ORIGIN: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(:(?P<port>[0-9]+))?/?"
)
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}


_WEB_ADDRESS: Final = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """Who may name users: its `iss`, the `aud` of tokens for us, and where its keys are; None
    leaves that to its metadata."""

    issuer: str
    audiences: tuple[str, ...]
    jwks_url: str | None = None


def text(given: str) -> str:
    return given.strip()


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(given: str) -> int:
        if not re.fullmatch(r"\s*[0-9]{1,9}\s*", given) or not lowest <= int(given) <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return int(given)

    return parse


def seconds(given: str) -> float:
    if not re.fullmatch(r"\s*[0-9]{1,4}(\.[0-9]+)?\s*", given) or float(given) <= 0:
        raise ValueError("must be a number of seconds above 0")
    return float(given)


def yes_or_no(given: str) -> bool:
    match given.strip().lower():
        case "true" | "yes" | "on" | "1":
            return True
        case "false" | "no" | "off" | "0":
            return False
        case _:
            raise ValueError("must be true or false")


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(given: str) -> str:
        if (chosen := given.strip().lower()) not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return chosen

    return parse


def folder(given: str) -> Path:
    try:
        return Path(given.strip()).expanduser().absolute()
    except RuntimeError:
        raise ValueError("names the home folder of an unknown user") from None


def secret(given: str) -> bytes:
    from honeydo.adapters.jwt.shared_secret import MIN_SECRET_BYTES

    if len(given.encode()) < MIN_SECRET_BYTES:
        raise ValueError(f"must have at least {MIN_SECRET_BYTES} bytes")
    return given.encode()


def database_url(given: str) -> str:
    # Loads SQLAlchemy, for which commands that touch no database need not wait.
    from psycopg.conninfo import conninfo_to_dict

    from honeydo.adapters.postgres.connection import conninfo

    url = conninfo(given.strip())
    parts = conninfo_to_dict(url)
    host, port, database = (str(parts.get(name) or "") for name in ("host", "port", "dbname"))
    # The rest of a password that holds an @ or a slash as such: error messages would show it.
    if not re.fullmatch("[0-9,]*", port) or "@" in host.lstrip("@") + database:
        raise ValueError("has special characters in its password or a name that must be %-encoded")
    return url


def origins(given: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_origin(each.strip()) for each in given.split(",") if each.strip()))


def _origin(given: str) -> str:
    """As browsers send it: in lower case, without the scheme's own port."""
    origin = _ORIGIN.fullmatch(given.lower())
    if not origin or int(origin["port"] or 0) > 65_535:
        raise ValueError("must be origins such as https://app.example.com, separated by commas")
    scheme, port = origin["scheme"], origin["port"]
    visible_port = f":{port}" if port and port != _DEFAULT_PORTS.get(scheme) else ""
    return f"{scheme}://{origin['host']}{visible_port}"


def better_auth(given: str) -> TrustedIssuer:
    """Better Auth's JWT plugin, as it is unless told otherwise."""
    url = _web_address(given.strip())
    return TrustedIssuer(url, (url,), f"{url.rstrip('/')}/api/auth/jwks")


def issuers(given: str) -> tuple[TrustedIssuer, ...]:
    try:
        match json.loads(given):
            case [*objects]:
                listed = [_issuer(**each) for each in objects]
            case _:
                raise TypeError
    except (TypeError, json.JSONDecodeError, RecursionError):
        raise ValueError(
            'must be a JSON list such as [{"issuer": "https://id.example.com", '
            '"audience": "honeydo"}], each with a jwks_url if the issuer has no discovery'
        ) from None
    if len({each.issuer for each in listed}) < len(listed):
        raise ValueError("names an issuer twice")
    return tuple(listed)


def _issuer(*, issuer: Any, audience: Any, jwks_url: Any = None) -> TrustedIssuer:
    audiences = tuple(audience) if isinstance(audience, list) else (audience,)
    if not audiences or not all(isinstance(each, str) and each for each in audiences):
        raise ValueError("has an audience that is neither a text nor a list of texts")
    return TrustedIssuer(
        _web_address(issuer), audiences, None if jwks_url is None else _web_address(jwks_url)
    )


def _web_address(given: Any) -> str:
    if not isinstance(given, str) or not _WEB_ADDRESS.fullmatch(given) or not _has_host(given):
        raise ValueError("must hold addresses such as https://id.example.com")
    return given


def _has_host(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
