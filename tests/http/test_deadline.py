"""Timers that are set again and again, and seldom run out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from honeydo.adapters.http.deadline import Deadline


@dataclass
class HandTimer:
    at: float
    callback: Callable[[], None]
    is_over: bool = False

    def when(self) -> float:
        return self.at

    def cancel(self) -> None:
        self.is_over = True


@dataclass
class HandLoop:
    """An event loop whose time passes when it is told to."""

    now: float = 100.0
    timers: list[HandTimer] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def call_at(self, at: float, callback: Callable[[], None]) -> HandTimer:
        self.timers.append(HandTimer(at, callback))
        return self.timers[-1]

    def pass_seconds(self, seconds: float) -> None:
        self.now += seconds
        for timer in [*self.timers]:
            if not timer.is_over and timer.at <= self.now:
                timer.is_over = True
                timer.callback()


@pytest.fixture
def loop() -> HandLoop:
    return HandLoop()


@pytest.fixture
def deadline(loop: HandLoop) -> Deadline:
    return Deadline(cast("Any", loop))


@pytest.fixture
def calls() -> list[str]:
    return []


def test_what_it_was_set_for_is_called_once(
    loop: HandLoop, deadline: Deadline, calls: list[str]
) -> None:
    deadline.set(10, lambda: calls.append("overdue"))

    loop.pass_seconds(9)
    assert calls == []
    assert deadline.is_set

    loop.pass_seconds(1)
    assert calls == ["overdue"]
    assert not deadline.is_set

    loop.pass_seconds(100)
    assert calls == ["overdue"]


def test_set_anew_it_is_for_what_it_was_set_for_last(
    loop: HandLoop, deadline: Deadline, calls: list[str]
) -> None:
    deadline.set(10, lambda: calls.append("first"))
    loop.pass_seconds(5)
    deadline.set(10, lambda: calls.append("second"))

    loop.pass_seconds(9)
    assert calls == []

    loop.pass_seconds(1)
    assert calls == ["second"]


def test_it_can_be_set_to_an_earlier_time(
    loop: HandLoop, deadline: Deadline, calls: list[str]
) -> None:
    deadline.set(75, lambda: calls.append("idle"))
    deadline.set(10, lambda: calls.append("slow"))

    loop.pass_seconds(10)
    assert calls == ["slow"]


@pytest.mark.parametrize("ended", [Deadline.unset, Deadline.close])
def test_once_unset_nothing_is_called(
    loop: HandLoop, deadline: Deadline, calls: list[str], ended: Callable[[Deadline], None]
) -> None:
    deadline.set(10, lambda: calls.append("overdue"))
    ended(deadline)

    loop.pass_seconds(100)
    assert calls == []
    assert not deadline.is_set


def test_to_set_it_with_each_request_makes_no_timer_for_each(
    loop: HandLoop, deadline: Deadline
) -> None:
    for _ in range(1_000):
        deadline.set(75, lambda: None)
        loop.pass_seconds(0.1)
        deadline.unset()

    assert len(loop.timers) <= 3
