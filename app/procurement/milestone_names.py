"""Names of milestones in the reader's language, of trials beyond the second too."""

from collections.abc import Iterable

from app.kit.locales import current_locale
from app.procurement.mould_dictionary import milestone_catalogue
from app.procurement.order_rules import trial_number

REPEATED = "t2"


def milestone_name(code: str, locale: str | None = None) -> str:
    """`Trial T3` for `t3`: the catalogue names the first trials, and further ones are named like the second."""
    names = milestone_catalogue().milestone_names
    wanted = locale or current_locale()
    number = trial_number(code)
    if code not in names and number is not None:
        return names[REPEATED][wanted].replace(REPEATED.upper(), f"T{number}")
    return names[code][wanted]


def milestone_names(codes: Iterable[str], locale: str | None = None) -> list[str]:
    """Several of them."""
    return [milestone_name(code, locale) for code in codes]
