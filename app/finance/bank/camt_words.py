"""What is read out of elements of a statement: texts, days, amounts; and what is said when one is not right."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from app.kit.locales import N_
from app.reference import facade as reference

MOST_MINOR = 10**15
MOST_TEXT = 2_000

NO_AMOUNT = N_("An amount is missing or cannot be read.")
OTHER_CURRENCY = N_("An amount is in {currency}, but the account is in {wanted}.")
UNKNOWN_CURRENCY = N_("The currency of the account is not known here: {currency}.")
NO_DIRECTION = N_("An amount does not say whether it came in or left.")
NO_DAY = N_("A day is missing or cannot be read.")


class Refused(Exception):
    """A file that is not taken over. `place` is the statement, or the statement and its entry, each counted from one."""

    def __init__(self, code: str, message: str, place: str = "", **params: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.place, self.params = code, message, place, params


def name_of(element: Any) -> str:
    """Its name, whichever version of the standard it is of."""
    return str(element.tag).rpartition("}")[2]


def child(element: Any, name: str) -> Any:
    """The first child of that name, or None."""
    return next((one for one in element if name_of(one) == name), None)


def children(element: Any, name: str) -> list[Any]:
    """All children of that name."""
    return [one for one in element if name_of(one) == name]


def at(element: Any, *path: str) -> Any:
    """What stands at the end of a path of first children, or None."""
    for name in path:
        element = child(element, name)
        if element is None:
            return None
    return element


def text_at(element: Any, *path: str) -> str | None:
    """The text there; None when there is none. No text has more than so many letters, and none has what is no letter."""
    found = at(element, *path)
    text = (found.text or "").strip() if found is not None else ""
    return "".join(sign for sign in text[:MOST_TEXT] if sign.isprintable() or sign == " ") or None


def day_of(element: Any, place: str) -> date:
    """A day, written as one or as a moment. Raises `Refused`."""
    text = (text_at(element, "Dt") or text_at(element, "DtTm") or "") if element is not None else ""
    try:
        found = datetime.fromisoformat(text).date() if "T" in text else date.fromisoformat(text[:10])
    except ValueError:
        raise Refused("bank-no-day", NO_DAY, place) from None
    if not 2000 <= found.year <= 2999:
        raise Refused("bank-no-day", NO_DAY, place)
    return found


def whole_minor(amount: Any, place: str) -> tuple[int, str]:
    """(minor units, currency) of an `Amt`. Raises `Refused`."""
    text, currency = ((amount.text or "").strip(), amount.get("Ccy") or "") if amount is not None else ("", "")
    if amount is not None and not reference.is_accepted_currency(currency):
        raise Refused("bank-currency", UNKNOWN_CURRENCY, place, currency=currency[:10])
    try:
        number = Decimal(text[:40]).scaleb(reference.currency(currency).exponent) if text else Decimal("NaN")
    except (InvalidOperation, reference.UnknownCode):
        number = Decimal("NaN")
    if not number.is_finite() or number < 0 or number > MOST_MINOR or number != number.to_integral_value():
        raise Refused("bank-no-amount", NO_AMOUNT, place)
    return int(number), currency


def is_credit(element: Any, place: str) -> bool:
    """Whether it came in. Raises `Refused`."""
    told = text_at(element, "CdtDbtInd")
    if told not in ("CRDT", "DBIT"):
        raise Refused("bank-no-direction", NO_DIRECTION, place)
    return told == "CRDT"


def minor_of(element: Any, currency: str, place: str) -> int:
    """The signed amount of a balance or an entry, in the account's currency. Raises `Refused`."""
    minor, said = whole_minor(child(element, "Amt"), place)
    if said != currency:
        raise Refused("bank-currency-differs", OTHER_CURRENCY, place, currency=said, wanted=currency or "?")
    return minor if is_credit(element, place) else -minor


def amount_of(minor: int, currency: str) -> str:
    """An amount as programs write it, for a sentence in any language."""
    exponent = reference.currency(currency).exponent if reference.is_accepted_currency(currency) else 0
    return f"{Decimal(minor).scaleb(-exponent):f} {currency}"
