"""Tasks that work offline: a copy in a file, a queue of what was done, the feed of what changed.
export HONEYDO_URL=http://127.0.0.1:8000 HONEYDO_TOKEN=... HONEYDO_COPY=tasks.json
python sync_client.py add TITLE | done ID | rename ID TITLE | list | sync | watch"""

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx


class Device:
    def __init__(self, *, writes: bool) -> None:
        url, token = os.environ["HONEYDO_URL"], f"Bearer {os.environ['HONEYDO_TOKEN']}"
        self.server = httpx.Client(base_url=f"{url}/api/me/", headers={"Authorization": token})
        self.file = Path(os.environ.get("HONEYDO_COPY", "tasks.json"))
        if writes:  # One process at a time: another would go on with a copy that is out of date.
            fcntl.flock(os.open(self.file.with_suffix(".lock"), os.O_CREAT), fcntl.LOCK_EX)
        self.state: dict[str, Any] = {"tasks": {}, "cursor": "", "queue": [], "sending": None}
        self.state |= json.loads(self.file.read_text()) if self.file.exists() else {}

    def save(self, **changed: Any) -> None:
        """All or nothing, even if the power fails: a copy and its cursor belong together."""
        self.state |= changed
        self.file.with_suffix(".new").write_text(json.dumps(self.state))
        self.file.with_suffix(".new").replace(self.file)

    def push(self) -> None:
        """Send the queue. If the answer is lost it is sent again, and done once, by its key."""
        while batch := self.state["sending"] or self.state["queue"][:100]:
            if not self.state["sending"]:
                batch = {"key": str(uuid4()), "operations": batch}
                self.save(sending=batch, queue=self.state["queue"][100:])
            sent, once = {"operations": batch["operations"]}, {"Idempotency-Key": batch["key"]}
            answer = self.server.post("tasks/batch", json=sent, headers=once)
            if refused := answer.is_client_error and answer.json().get("errors"):
                # Gone (404) or changed (412) by another device: that one wins, the rest goes on.
                del batch["operations"][int(refused[0]["pointer"].split("/")[2])]
            else:
                answer.raise_for_status()
                batch["operations"] = []
            self.save(sending=None, queue=batch["operations"] + self.state["queue"])

    def pull(self) -> None:
        feed: Any = {"has_more": True}
        while feed["has_more"]:
            answer = self.server.get("changes", params={"since": self.state["cursor"]})
            if answer.status_code == 410:
                self.save(tasks={}, cursor="")
            else:
                feed = answer.raise_for_status().json()
                self.apply(feed["changes"], feed["cursor"])

    def watch(self) -> None:
        last, event = {"Last-Event-ID": self.state["cursor"]}, dict[str, str]()
        with self.server.stream("GET", "changes/stream", headers=last, timeout=45) as stream:
            for line in lines(stream):
                event.update([line.partition(": ")[::2]])
                if not line and event.pop("event", "") == "change":
                    self.apply([json.loads(event["data"])], event["id"])
                    print(event["data"], flush=True)

    def apply(self, changes: list[Any], cursor: str) -> None:
        known = self.state["tasks"] | {each["id"]: each.get("task") for each in changes}
        self.save(tasks={name: task for name, task in known.items() if task}, cursor=cursor)


def lines(stream: httpx.Response) -> Iterator[str]:
    """What is between line feeds alone: a title may have other characters that end lines."""
    begun = ""
    for text in stream.iter_text():
        *whole, begun = (begun + text).split("\n")
        yield from whole


def main(command: str = "list", *words: str) -> None:
    device = Device(writes=command != "list")
    queue, tasks = device.state["queue"], device.state["tasks"]
    match command, *words:
        case "add", title:
            queue.append({"op": "create", "id": str(uuid4()), "title": title})
        case "done", it:
            queue.append({"op": "complete", "id": it})
        case "rename", it, to:
            queue.append({"op": "edit", "id": it, "title": to, "if_match": tasks[it]["revision"]})
    while command != "list":
        device.save()
        try:
            device.push()
            device.pull()
            if command == "watch":
                device.watch()
        except (httpx.TransportError, httpx.HTTPStatusError) as error:
            print(f"Offline ({error}): it is kept for later.", file=sys.stderr)
        if command != "watch":
            break
        time.sleep(1)
    for each in device.state["tasks"].values():
        print("[x]" if each["is_completed"] else "[ ]", each["id"], each["title"])


main(*sys.argv[1:])
