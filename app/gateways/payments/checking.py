"""What is looked at before anything is asked of a provider: ids, sums, and that no card number comes near it."""

import re

from app.gateways.payments.errors import AmountNotPayable, CardDataRefused, PaymentRequestInvalid
from app.gateways.payments.model import Amount

MOST_MINOR = 10**15
IN_TENS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""Currencies of three decimals, the last of which has to be a nought wherever money is taken or given back. Source:
docs.stripe.com/currencies, "Three-decimal currencies"."""
MOST_LETTERS = 200
CARD_DIGITS = range(12, 20)
# The first digit of cards of travel, banking and trade (ISO/IEC 7812-1, major industry identifiers).
CARD_BEGINS = "23456"
_NAME = re.compile(r"[A-Za-z0-9._:/-]+")
_CURRENCY = re.compile(r"[A-Z]{3}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
_RUN = re.compile(r"[0-9](?:[\s.-]?[0-9])*")


def looks_like_card_number(text: str) -> bool:
    """Whether some digits, written together or in groups, are as many as a card number has and end in its check digit
    (ISO/IEC 7812-1, annex B). Ids in the form of a UUID are none, though their digits may add up."""
    for run in _RUN.findall(_UUID.sub("id", text)):
        groups = re.split(r"[\s.-]", run)
        for first in range(len(groups)):
            for last in range(first + 1, len(groups) + 1):
                if _is_card_number("".join(groups[first:last])):
                    return True
    return False


def _is_card_number(digits: str) -> bool:
    if len(digits) not in CARD_DIGITS or digits[0] not in CARD_BEGINS:
        return False
    backwards = [int(digit) for digit in reversed(digits)]
    return (
        sum(digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(backwards)) % 10 == 0
    )


def check_names(**names: str) -> None:
    """Refuse what is no id of ours or of the provider's. Raises `CardDataRefused`, `PaymentRequestInvalid`."""
    for field, name in names.items():
        if not 0 < len(name) <= MOST_LETTERS:
            raise PaymentRequestInvalid(field=field)
        if looks_like_card_number(name):
            raise CardDataRefused(field=field)
        if _NAME.fullmatch(name) is None:
            raise PaymentRequestInvalid(field=field)


def check_amount(amount: Amount) -> None:
    """Refuse what is no sum of money. Raises `PaymentRequestInvalid`."""
    if type(amount.minor) is not int or not 1 <= amount.minor <= MOST_MINOR:
        raise PaymentRequestInvalid(field="minor")
    if _CURRENCY.fullmatch(amount.currency) is None:
        raise PaymentRequestInvalid(field="currency")


def payable_step_minor(currency: str) -> int:
    """In which steps of minor units money of a currency can be taken: 10 where the last of three decimals has to be a nought."""
    return 10 if currency in IN_TENS else 1


def check_payable(amount: Amount) -> None:
    """Refuse what is no sum of money, and what no provider takes. Raises `PaymentRequestInvalid`, `AmountNotPayable`."""
    check_amount(amount)
    step = payable_step_minor(amount.currency)
    if amount.minor % step:
        raise AmountNotPayable(field="minor", step_minor=step)
