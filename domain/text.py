"""Rules that every text obeys, whoever it comes from."""

import re
import unicodedata
from collections.abc import Iterator

from .errors import InvalidField

# Unicode's control characters (category Cc), and lone surrogates, which UTF-8 cannot carry.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
CONTROL_BUT_TAB_AND_NEWLINES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def folded(text: str) -> str:
    """The text as it is compared where case does not matter: an accented letter becomes its plain
    one and the accent, what has several forms becomes one."""
    if text.isascii():
        return text.upper()
    # Folded first, for the German sharp s, of which there is a capital one.
    return unicodedata.normalize("NFKD", text).casefold().upper()


def broken_rules(
    field: str, text: str, *, longest: int, forbidden: re.Pattern[str] = CONTROL
) -> Iterator[InvalidField]:
    """What is wrong with a text of at most `longest` characters that must not be empty."""
    name = field.replace("_", " ")
    if not text:
        yield InvalidField(field, "blank", f"The {name} must not be empty.")
    if len(text) > longest:
        yield InvalidField(field, "too_long", f"The {name} has at most {longest:,} characters.")
    if forbidden.search(text):
        yield InvalidField(
            field, "forbidden_character", f"The {name} must not contain control characters."
        )
