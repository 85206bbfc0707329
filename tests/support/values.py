"""Values as people and programs bring them, for properties that must hold for each of them."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from hypothesis import strategies as st

from honeydo.domain.task import MAX_TITLE, Task
from honeydo.domain.user import UserId

NOON: Final = datetime(2026, 5, 4, 12, tzinfo=UTC)
CONTROLS: Final = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cc"]

_readable: Final = st.characters(exclude_categories=["Cc", "Cs"])

texts: Final = st.text(st.characters())
"""Any text that a Python program can hold, lone surrogates and NUL included."""

titles: Final = st.text(_readable, min_size=1, max_size=MAX_TITLE).filter(str.strip)
descriptions: Final = st.text(_readable | st.sampled_from("\t\r\n"), min_size=1).filter(str.strip)
controls: Final = st.sampled_from(CONTROLS)
surrogates: Final = st.characters(categories=["Cs"])
white_space: Final = st.text(st.sampled_from(" \t\n\r\u00a0\u2003\u3000"))

user_ids: Final = st.text(_readable, min_size=1, max_size=255).map(UserId)
times: Final = st.datetimes(timezones=st.just(UTC))
edits: Final = st.fixed_dictionaries(
    {},
    optional={
        "title": titles,
        "description": st.none() | descriptions,
        "is_completed": st.booleans(),
    },
)


@st.composite
def tasks(draw: st.DrawFn, *, owners: st.SearchStrategy[UserId] = user_ids) -> Task:
    """A stored task that is open or completed, and not deleted."""
    task = Task.create(
        id=draw(st.uuids()),
        owner=draw(owners),
        title=draw(titles),
        description=draw(st.none() | descriptions),
        is_completed=draw(st.booleans()),
        now=draw(times),
    )
    return replace(task, revision=draw(st.integers(1, 10)))


def is_clean(text: str, *, allowed: str = "") -> bool:
    """Whether the text has neither control characters, but for the allowed ones, nor surrogates."""
    return all(
        character in allowed or unicodedata.category(character) not in ("Cc", "Cs")
        for character in text
    )
