import socket

from honeydo.entrypoints.serving import _listen
from honeydo.entrypoints.settings import Settings


def test_an_answers_body_does_not_wait_until_its_head_is_acknowledged() -> None:
    with (
        _listen(Settings(port=0)) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
