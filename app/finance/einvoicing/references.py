"""References that payers are asked to name, and how they are found again in what banks tell. Pure.

A reference is a structured creditor reference (ISO 11649): RF, two check digits by mod 97-10 (ISO 7064), and what we chose.
"""

import re
import unicodedata
from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

import stdnum.iso11649
from stdnum.iso7064 import mod_97_10

# No I and no O: nobody takes them for digits. No 0 and no 1 for the same reason.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 20
SHORTEST, LONGEST = 5, 25
MOST_FOUND = 200
_PREFIX = re.compile(r"[A-Z]{2}")
_BEGINS = re.compile(r"(?=(RF[0-9]{2}[A-Z0-9]{1,21}))")


def creditor_reference(kind_prefix: str, id: UUID) -> str:  # noqa: A002 - the word of the trade
    """The reference of a thing: the same for the same, twenty characters, so that it is written in five groups of four.

    `kind_prefix` is two letters that tell what kind of thing it is (`MS` for a milestone). The thing is not read out of it: who
    awaits it keeps it, under a unique constraint. Raises `ValueError` for another prefix.
    """
    if not _PREFIX.fullmatch(kind_prefix):
        raise ValueError("a prefix is two capital letters")
    number = int.from_bytes(sha256(kind_prefix.encode() + id.bytes).digest(), "big")
    signs = ""
    for _ in range(LENGTH - 4 - len(kind_prefix)):
        number, sign = divmod(number, len(ALPHABET))
        signs += ALPHABET[sign]
    body = kind_prefix + signs
    return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"


def written(reference: str) -> str:
    """A reference as people write it, in groups of four."""
    return str(stdnum.iso11649.format(reference))


def plain(text: str) -> str:
    """Capital letters and digits alone: nothing is guessed, an O stays an O."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(sign for sign in folded if sign.isascii() and sign.isalnum())


def is_whole(reference: str) -> bool:
    """Whether the check digits of a plain creditor reference are right."""
    return bool(stdnum.iso11649.is_valid(reference))


def structured_references(given: Iterable[str]) -> tuple[str, ...]:
    """Of fields made for references: creditor references whose check digits are right, and those of other kinds as they are."""
    found = [plain(one) for one in given]
    return tuple(dict.fromkeys(one for one in found if one and (not one.startswith("RF") or is_whole(one))))


def references_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Creditor references inside what somebody wrote, however it was spaced, cut into lines or written small.

    Without spaces one cannot see where a reference ends: each length with right check digits is one that it may be.
    """
    found: dict[str, None] = {}
    for match in _BEGINS.finditer(plain("".join(texts))):
        longest = match.group(1)
        for length in range(SHORTEST, min(LONGEST, len(longest)) + 1):
            if is_whole(longest[:length]):
                found[longest[:length]] = None
            if len(found) >= MOST_FOUND:
                return tuple(found)
    return tuple(found)
