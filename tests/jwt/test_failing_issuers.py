"""What becomes of tokens while their issuer does not do what it should."""

import asyncio

import pytest

from honeydo.adapters.jwt.key_set import FetchError, KeySet
from honeydo.application.errors import InvalidToken
from tests.support.issuers import (
    NOT_FOUND,
    Answer,
    IssuerServer,
    SigningKey,
    claims_of,
    document,
    drip,
    eventually,
    hang_up,
    late,
    raw,
    refuse,
    running_issuer,
    trusting,
    user_of,
)

ISSUER = "https://id.example"
OLD, NEW, UNKNOWN = (SigningKey("EdDSA", name) for name in ("old", "new", "unknown"))
FOREVER = 86_400.0

FAILURES: dict[str, Answer] = {
    "hanging up": hang_up,
    "an error": document({}, "500 Internal Server Error"),
    "nothing there": NOT_FOUND,
    "nothing new": document(b"", "304 Not Modified"),
    "an empty document": document(b""),
    "HTML": document(b"<!doctype html><title>Sign in</title>"),
    "no UTF-8": document(b'{"keys": [{"kid": "\xff"}]}'),
    "a deep nest": document(b'{"keys": ' + b"[" * 100_000),
    "a list": document([]),
    "no keys": document({}),
    "keys null": document({"keys": None}),
    "keys in an object": document({"keys": {}}),
    "keys that are no objects": document({"keys": ["key"]}),
    "more keys than anybody has": document({"keys": [{}] * 1_001}),
    "compressed": document(b"\x1f\x8b\x08", headers=["Content-Encoding: gzip"]),
    "cut off": raw(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"keys": []'),
    "no HTTP": raw(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"),
    "headers without an end": raw(b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 50_000),
    "a redirect to an odd place": document({}, "302 Found", ["Location: http://xn--a/"]),
}


def token_of(key: SigningKey) -> str:
    return key.token(claims_of(ISSUER))


@pytest.mark.parametrize("failure", FAILURES)
async def test_known_keys_go_on_working_whatever_the_issuer_answers(
    failure: str, server: IssuerServer
) -> None:
    server.publish(OLD)
    async with trusting(KeySet(ISSUER, server.jwks_url, cool_down=0)) as verify:
        await verify(token_of(OLD))
        server.answers["/jwks"] = FAILURES[failure]

        await refuse(verify, token_of(NEW))
        assert await user_of(verify, OLD.token(claims_of(ISSUER, sub="eve"))) == "eve"


@pytest.mark.parametrize("failure", FAILURES)
async def test_new_keys_work_once_the_issuer_answers_again(
    failure: str, server: IssuerServer
) -> None:
    server.answers["/jwks"] = FAILURES[failure]
    async with trusting(KeySet(ISSUER, server.jwks_url, cool_down=0.001)) as verify:
        await eventually(lambda: len(server.requests) > 2)
        await refuse(verify, token_of(NEW))
        server.publish(NEW)
        await eventually(lambda: verify.issuers[ISSUER].generation)

        assert await user_of(verify, token_of(NEW)) == "ada"


@pytest.mark.parametrize("failure", FAILURES)
async def test_who_fetches_by_hand_is_told_what_is_wrong_in_one_line(
    failure: str, server: IssuerServer
) -> None:
    server.publish(OLD)
    keys = KeySet(ISSUER, server.jwks_url)
    async with keys.opened():
        await eventually(lambda: keys.ring.keys)
        server.answers["/jwks"] = FAILURES[failure]
        with pytest.raises(FetchError, match=server.jwks_url) as error:
            await keys.fetch()

    assert str(error.value).isprintable()


async def test_an_issuer_that_is_not_there_yet_keeps_nobody_from_starting() -> None:
    server = IssuerServer()
    server.publish(OLD)
    async with trusting(KeySet(ISSUER, server.jwks_url, cool_down=0.001)) as verify:
        await refuse(verify, token_of(OLD))
        async with server.running():
            await eventually(lambda: verify.issuers[ISSUER].generation)
            assert await user_of(verify, token_of(OLD)) == "ada"


@pytest.mark.parametrize("answer", ["silence", "a drip"])
async def test_an_issuer_that_takes_too_long_is_given_up(answer: str, server: IssuerServer) -> None:
    never = asyncio.Event()
    server.answers["/jwks"] = {"silence": late(NOT_FOUND, never), "a drip": drip}[answer]
    keys = KeySet(ISSUER, server.jwks_url, timeout=0.1)
    async with trusting(keys) as verify:
        await refuse(verify, token_of(OLD))
        with pytest.raises(FetchError, match=r"no answer within 0\.1 seconds"):
            await keys.fetch()
        server.publish(OLD)
        keys.timeout = 60
        await keys.fetch()
        assert await user_of(verify, token_of(OLD)) == "ada"


async def test_known_keys_do_not_wait_for_an_issuer_that_takes_long(server: IssuerServer) -> None:
    server.publish(OLD)
    keys = KeySet(ISSUER, server.jwks_url, cool_down=0, timeout=FOREVER)
    async with trusting(keys) as verify:
        remembered = token_of(OLD)
        await verify(remembered)
        answered = asyncio.Event()
        server.answers["/jwks"] = late(server.answers["/jwks"], answered)
        waiting = asyncio.create_task(verify(token_of(UNKNOWN)))
        await eventually(lambda: len(server.requests) == 2)

        async with asyncio.timeout(60):
            assert await user_of(verify, remembered) == "ada"
            assert await user_of(verify, OLD.token(claims_of(ISSUER, sub="eve"))) == "eve"
        assert not waiting.done()

        answered.set()
        with pytest.raises(InvalidToken):
            await waiting


async def test_documents_may_have_256_kib(server: IssuerServer) -> None:
    server.publish(OLD.jwk(padding="x" * 260_000))
    keys = KeySet(ISSUER, server.jwks_url)
    async with keys.opened():
        await keys.fetch()
        server.publish(OLD.jwk(padding="x" * 300_000))
        with pytest.raises(FetchError, match="more than 256 KiB"):
            await keys.fetch()


async def test_a_document_without_an_end_is_not_read_to_its_end(server: IssuerServer) -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b" " * 65_536)
            await writer.drain()

    server.answers["/jwks"] = endless
    keys = KeySet(ISSUER, server.jwks_url, timeout=FOREVER)
    async with keys.opened():
        with pytest.raises(FetchError, match="more than 256 KiB"):
            await keys.fetch()


@pytest.mark.parametrize(
    "status",
    ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent", "300 Multiple"],
)
@pytest.mark.parametrize("target", ["/elsewhere", "{other}/jwks"])
async def test_redirects_are_not_followed(status: str, target: str, server: IssuerServer) -> None:
    async with running_issuer(OLD) as other:
        location = target.format(other=other.origin)
        server.publish(OLD)
        server.answers["/elsewhere"] = server.answers["/jwks"]
        server.answers["/jwks"] = document({}, status, [f"Location: {location}"])
        async with trusting(KeySet(ISSUER, server.jwks_url)) as verify:
            await refuse(verify, token_of(OLD))

        assert (server.requests, other.requests) == (["/jwks"], [])


async def test_a_cookie_is_not_kept(server: IssuerServer) -> None:
    server.answers["/jwks"] = document({"keys": []}, headers=["Set-Cookie: \u00ff=\u00ff"])
    async with trusting(KeySet(ISSUER, server.jwks_url, cool_down=0.001)) as verify:
        await eventually(lambda: len(server.requests) > 2)
        server.publish(OLD)
        await eventually(lambda: verify.issuers[ISSUER].generation)
        assert await user_of(verify, token_of(OLD)) == "ada"


async def test_the_log_says_which_issuer_fails_and_which_keys_are_of_no_use(
    server: IssuerServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.publish(OLD, SigningKey("EdDSA", "secret").jwk(use="enc", kid="a\nb" * 100))
    keys = KeySet(ISSUER, server.jwks_url)
    async with keys.opened():
        await eventually(lambda: keys.ring.keys)
    server.answers["/jwks"] = hang_up
    async with KeySet(ISSUER, server.jwks_url).opened():
        await eventually(lambda: len(caplog.messages) == 2)

    assert all(ISSUER in message and message.isprintable() for message in caplog.messages)
    assert len(caplog.messages[0]) < 200
