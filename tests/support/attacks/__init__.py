"""What people try who want to be somebody else (RFC 8725).

Every token is good but for what its name says, and what can be signed is signed with the very key
that it names.
"""

from collections.abc import Callable, Mapping
from typing import Final

from . import contents, form, headers, signatures

ATTACKS: Final[Mapping[str, Callable[[], str]]] = {
    **signatures.ATTACKS,
    **headers.ATTACKS,
    **contents.ATTACKS,
    **form.ATTACKS,
}
"""Makers of tokens, by what is wrong with them."""
