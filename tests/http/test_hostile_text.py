"""Text that is meant to do harm: kept to the letter where it is a value, never echoed where it is
an error."""

import json

import httpx
import pytest
from litestar.types import ASGIApp

from tests.support.serving import NEVER_WAS, client
from tests.support.tokens import claims, token

TASKS = "/api/ada/tasks"

KEPT = {
    "overridden direction": "\u202etxt.exe\u202c",
    "isolated direction": "\u2066a\u2069\u200f\u061c",
    "zero width": "a\u200b\u200c\u200d\u2060b",
    "nothing but zero width": "\u200b",
    "a byte order mark": "\ufeffhoney",
    "no characters": "\ufffe\uffff\U0010ffff",
    "private characters": "\ue000\U000f0000",
    "tags": "honey\U000e0001\U000e0068",
    "many marks": "h" + "\u0301" * 200,
    "one letter, composed": "m\u00e9l",
    "one letter, decomposed": "me\u0301l",
    "a family": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "separators": "a\u2028b\u2029c",
    "markup": "<script>alert('honey')</script>&lt;",
    "SQL": "'; DROP TABLE tasks; --",
    "format": "%s %(title)s {title} {0.__class__} ${HOME} $(id) `id`",
    "a path": "../../etc/passwd",
    "a formula": "=HYPERLINK('https://evil.example')",
    "escapes": "\\u0000 \\x00 \\n %00",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
@pytest.mark.parametrize("ensure_ascii", [True, False])
async def test_what_is_no_control_character_comes_back_as_it_was(
    ada: httpx.AsyncClient, text: str, ensure_ascii: bool
) -> None:
    sent = {"title": text, "description": text}
    body = json.dumps(sent, ensure_ascii=ensure_ascii).encode()

    created = await ada.post(TASKS, content=body)

    assert created.status_code == 201
    got = (await ada.get(created.headers["location"])).json()
    assert {name: got[name] for name in sent} == sent
    assert (await ada.get(TASKS)).json() == [got]


@pytest.mark.parametrize("text", [b"\\ud800", b"\\udc00", b"\\ude00\\ud83d", b"\xed\xa0\x80"])
@pytest.mark.parametrize("body", [b'{"title": "x", "description": "%s"}', b'{"title": "%s"}'])
async def test_half_a_pair_is_no_text(ada: httpx.AsyncClient, body: bytes, text: bytes) -> None:
    assert (await ada.post(TASKS, content=body % text)).status_code == 400
    assert (await ada.get(TASKS)).json() == []


@pytest.mark.parametrize(
    "number", [b"9" * 400, b"-%s" % (b"9" * 400), b"1e400", b"0." + b"9" * 400]
)
async def test_a_number_of_400_digits_is_ignored_where_any_value_is(
    ada: httpx.AsyncClient, number: bytes
) -> None:
    body = b'{"x": %s, "title": "Buy honey"}' % number

    assert (await ada.post(TASKS, content=body)).status_code == 201


MARK = "XYZZY"
ECHOING = {
    "a token": ("GET", TASKS, {"Authorization": f"Bearer {MARK}"}, b""),
    "a signed token": (
        "GET",
        TASKS,
        {"Authorization": f"Bearer {token(claims(aud=MARK, exp=1))}"},
        b"",
    ),
    "another scheme": ("GET", TASKS, {"Authorization": f"Basic {MARK}"}, b""),
    "a cookie": ("POST", TASKS, {"Cookie": f"session={MARK}"}, b"{"),
    "a token in a query": ("GET", f"{TASKS}?limit=0&access_token={MARK}", {}, b""),
    "an address": ("GET", f"/{MARK}", {}, b""),
    "a user": ("GET", f"/api/{MARK}/tasks", {}, b""),
    "an id": ("GET", f"{TASKS}/{MARK}", {}, b""),
    "a limit": ("GET", f"{TASKS}?limit={MARK}", {}, b""),
    "a state": ("GET", f"{TASKS}?completed={MARK}", {}, b""),
    "a cursor": ("GET", f"{TASKS}?cursor={MARK}", {}, b""),
    "a method": (MARK, TASKS, {}, b""),
    "a type": ("POST", TASKS, {"Content-Type": f"text/{MARK}"}, b"{}"),
    "a host": ("GET", TASKS, {"Host": f"{MARK} x"}, b""),
    "an origin": ("GET", f"{TASKS}/x", {"Origin": f"https://{MARK}"}, b""),
    "half a body": ("POST", TASKS, {}, f'{{"title": "{MARK}'.encode()),
    "a body that is text": ("POST", TASKS, {}, f'"{MARK}"'.encode()),
    "a title": ("POST", TASKS, {}, json.dumps({"title": MARK * 100}).encode()),
    "a state that is text": (
        "POST",
        TASKS,
        {},
        json.dumps({"title": "x", "is_completed": MARK}).encode(),
    ),
    "a name": ("POST", TASKS, {}, json.dumps({MARK: 1}).encode()),
    "a task's own id": ("POST", TASKS, {}, json.dumps({"title": "x", "id": MARK}).encode()),
    "an edit": ("PUT", f"{TASKS}/{NEVER_WAS}", {}, json.dumps({"title": MARK}).encode()),
}


@pytest.mark.parametrize(("method", "address", "headers", "body"), ECHOING.values(), ids=ECHOING)
async def test_an_error_says_nothing_of_what_was_sent(
    app: ASGIApp, method: str, address: str, headers: dict[str, str], body: bytes
) -> None:
    ada = client(app, "ada")

    answer = await ada.request(method, address, headers=headers, content=body)

    assert answer.status_code >= 400
    said = f"{answer.text} {answer.headers}".lower()
    assert MARK.lower() not in said
    assert answer.request.headers["authorization"].split()[-1].lower() not in said
