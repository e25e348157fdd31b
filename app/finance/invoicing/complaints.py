"""What stands in the way of an invoice's electronic forms: kept by codes, told to people in their own language."""

import re
from collections.abc import Iterable
from enum import StrEnum

from app.finance.einvoicing.sentences import sentence
from app.finance.invoicing.errors import FilesPending, FilesRefused
from app.kit.errors import FieldError, Problem
from app.kit.locales import N_, current_locale, translate
from app.kit.schemas import Labelled

MOST_LETTERS = 1000
_OTHER_RULE = N_("Rule {rule} of the official rules is broken.")
_BROKEN = re.compile(r"(?:^|, )([A-Z][A-Z0-9-]*) at ([^\s,]*)")


class Obstacle(StrEnum):
    """A page that was not drawn and rules that were not run are faults of the moment; broken rules are not."""

    PAGE = "page-not-typeset"
    JUDGES = "rules-not-run"
    RULES = "rules-broken"


def kept(obstacle: Obstacle, details: Iterable[str] = ()) -> str:
    """As it is written down; details that are too many are left out, whole ones and the last first."""
    told = f"{obstacle}:"
    for at, detail in enumerate(details):
        longer = f"{told}{', ' if at else ' '}{detail}"
        if len(longer) > MOST_LETTERS:
            break
        told = longer
    return told


def _broken(complaint: str | None) -> list[tuple[str, str]]:
    obstacle, _, details = (complaint or "").partition(": ")
    return list(dict.fromkeys(_BROKEN.findall(details))) if obstacle == Obstacle.RULES else []


def broken_rules(complaint: str | None) -> list[Labelled]:
    """The rules that were broken, with what they say in the reader's language."""
    rules = dict.fromkeys(rule for rule, _ in _broken(complaint))
    return [Labelled(code=rule, label=translate(_words(rule), current_locale(), rule=rule)) for rule in rules]


def refusal(complaint: str | None) -> Problem:
    """What a reader is told: that the forms are on their way, or which rules they broke and what those say."""
    broken = _broken(complaint)
    if not broken:
        return FilesPending()
    errors = [FieldError(place, "official-rule", _words(rule), {"rule": rule}) for rule, place in broken]
    return FilesRefused(rules=", ".join(dict.fromkeys(rule for rule, _ in broken)), errors=errors)


def _words(rule: str) -> str:
    return sentence(rule) or _OTHER_RULE
