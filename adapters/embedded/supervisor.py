"""The process that runs one server while anybody holds the lease on it.

Run as a module with the folder, the settings as JSON, and the inherited descriptor of the locked
file `supervision`. It goes to the background, and closes its standard output once the server
answers, or after it wrote there in a line why that cannot be.
"""

import enum
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO

from .errors import EmbeddedError
from .folder import StateFolder, open_private
from .server import Server


class _Event(enum.Enum):
    SERVER_ENDED = enum.auto()
    LEASE_FREE = enum.auto()


def main(folder: StateFolder, settings: dict[str, str], guard: int) -> None:
    os.set_inheritable(guard, False)  # the lock is to end with us, not with the server
    if os.fork():
        os._exit(0)
    os.chdir("/")
    for name in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        # Service managers signal every process at once, but the last user comes first.
        signal.signal(name, lambda *_: None)
    try:
        server = Server.prepare(folder, settings)
        process = server.start()
    except Exception as failure:
        sys.stdout.write(str(failure))
        raise
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with open_private(folder.lease) as lease:
        _supervise(server, process, lease)


def _supervise(server: Server, process: subprocess.Popen[bytes], lease: BinaryIO) -> None:
    events: SimpleQueue[_Event] = SimpleQueue()

    def expect(event: _Event, wait: Callable[[], object]) -> None:
        def report() -> None:
            wait()
            events.put(event)

        threading.Thread(target=report, daemon=True).start()

    # From then on newcomers wait for the lease, and so for our end.
    expect(_Event.LEASE_FREE, lambda: fcntl.flock(lease, fcntl.LOCK_EX))
    expect(_Event.SERVER_ENDED, process.wait)
    while events.get() is _Event.SERVER_ENDED:
        try:
            process = server.start()
        except (EmbeddedError, OSError) as failure:
            sys.stderr.write(f"{failure}\n")
            expect(_Event.SERVER_ENDED, lambda: time.sleep(1))
        else:
            expect(_Event.SERVER_ENDED, process.wait)
    process.send_signal(signal.SIGINT)
    process.wait()
    server.clean_up()


if __name__ == "__main__":
    main(StateFolder(Path(sys.argv[1])), json.loads(sys.argv[2]), int(sys.argv[3]))
