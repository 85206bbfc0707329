import socket
import subprocess
import sys

from honeydo.entrypoints.serving import _listen
from honeydo.entrypoints.settings import Settings


def test_an_answers_body_does_not_wait_until_its_head_is_acknowledged() -> None:
    with (
        _listen(Settings(port=0)) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_server_that_need_not_migrate_does_without_alembic() -> None:
    program = """
import sys
from honeydo.entrypoints import asgi, serving
from honeydo.adapters.postgres.migrations import head, is_sufficient
assert is_sufficient(head())
print([name for name in sys.modules if name.startswith(("alembic", "mako"))])
"""
    loaded = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert loaded.stdout == "[]\n"
