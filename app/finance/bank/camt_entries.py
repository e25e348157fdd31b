"""Entries of a statement: single ones, batches with their transactions, charges, reversals, foreign currency."""

from datetime import date
from typing import Any

from app.finance.bank.camt_words import (
    Refused,
    at,
    child,
    children,
    day_of,
    is_credit,
    minor_of,
    name_of,
    text_at,
    whole_minor,
)
from app.finance.bank.statement import Line
from app.kit.locales import N_

PARTS_DIFFER = N_("The transactions of a batch do not come to the amount of its entry.")

# What a bank takes for itself or gives: sub-families of ISO 20022's external codes of bank transactions.
CHARGES = frozenset({"CHRG", "FEES", "COMM", "COME", "COMI", "COMT", "INTR"})
_BOOKED = "BOOK"
_MOST_TEXTS = 30


def lines_of(entry: Any, currency: str, statement: int, number: int) -> list[Line]:
    """The lines of an entry; none when it is not booked. Raises `Refused` with the place."""
    place = f"{statement}/{number}"
    if (text_at(entry, "Sts", "Cd") or text_at(entry, "Sts")) != _BOOKED:
        return []
    booked = minor_of(entry, currency, place)
    about = _Entry(
        number,
        day_of(child(entry, "BookgDt"), place),
        day_of(child(entry, "ValDt"), place) if child(entry, "ValDt") is not None else None,
        text_at(entry, "RvslInd") in ("true", "1"),
        text_at(entry, "BkTxCd", "Domn", "Fmly", "SubFmlyCd") in CHARGES,
        _name(text_at(entry, "AcctSvcrRef")),
    )
    extra = text_at(entry, "AddtlNtryInf")
    parts = [one for details in children(entry, "NtryDtls") for one in children(details, "TxDtls")]
    if len(parts) <= 1:
        part = parts[0] if parts else None
        charge = _charge(part if part is not None else entry, entry, booked, currency, place)
        return [_line(about, 1, booked, charge, [part] if part is not None else [], extra, place)]
    amounts = [_amount(part, currency, booked > 0, place) for part in parts]
    if all(amount is None for amount in amounts):
        # Nobody knows what each came to: one line, whose reference is then one of several.
        return [_line(about, 1, booked, 0, parts, extra, place)]
    charges = [_charge(part, None, amount or 0, currency, place) for part, amount in zip(parts, amounts, strict=True)]
    gross = sum(amount or 0 for amount in amounts)
    if None in amounts or booked not in (gross, gross - sum(charges)):
        raise Refused("bank-parts-differ", PARTS_DIFFER, place)
    if booked == gross:
        # What was kept was not kept of these amounts.
        charges = [0] * len(parts)
    return [
        _line(about, at_, (amount or 0) - charge, charge, [part], extra, place)
        for at_, (part, amount, charge) in enumerate(zip(parts, amounts, charges, strict=True), 1)
    ]


class _Entry:
    """What all lines of an entry have in common."""

    __slots__ = ("bank_reference", "booked_on", "is_charge", "number", "reversal", "value_on")

    def __init__(
        self,
        number: int,
        booked_on: date,
        value_on: date | None,
        reversal: bool,
        is_charge: bool,
        bank_reference: str | None,
    ) -> None:
        self.number = number
        self.booked_on = booked_on
        self.value_on = value_on
        self.reversal = reversal
        self.is_charge = is_charge
        self.bank_reference = bank_reference


def _line(
    about: _Entry, part: int, booked: int, charge: int, details: list[Any], extra: str | None, place: str
) -> Line:
    first = details[0] if details else None
    structured, texts = _remittance(details)
    party, account = _party(first, booked) if len(details) == 1 else (None, None)
    instructed = at(first, "AmtDtls", "InstdAmt", "Amt") if len(details) == 1 else None
    minor, currency = whole_minor(instructed, place) if instructed is not None else (None, None)
    original = text_at(first, "Refs", "EndToEndId") if len(details) == 1 else None
    own = text_at(first, "Refs", "AcctSvcrRef") if len(details) == 1 else None
    if extra is not None:
        texts.append(extra)
    if original is not None and original != "NOTPROVIDED":
        texts.append(original)
    return Line(
        about.number,
        part,
        booked,
        charge,
        about.booked_on,
        about.value_on,
        about.reversal,
        about.is_charge and booked < 0,
        _name(own) or about.bank_reference,
        None if original == "NOTPROVIDED" else _name(original),
        tuple(structured),
        tuple(texts),
        party[:140] if party else None,
        "".join(account.split()).upper()[:34] if account else None,
        minor,
        currency,
    )


def _name(text: str | None) -> str | None:
    return text[:70] if text else None


def _remittance(details: list[Any]) -> tuple[list[str], list[str]]:
    """(references in fields of their own, texts) of transactions."""
    structured: list[str] = []
    texts: list[str] = []
    for one in details:
        for told in children(one, "RmtInf"):
            for field in told:
                if name_of(field) == "Ustrd":
                    texts.append((field.text or "").strip()[:500])
                elif name_of(field) == "Strd":
                    found = text_at(field, "CdtrRefInf", "Ref")
                    structured += [found[:70]] if found else []
                    texts += [(more.text or "").strip()[:500] for more in children(field, "AddtlRmtInf")]
    return structured[:_MOST_TEXTS], [text for text in texts if text][:_MOST_TEXTS]


def _party(details: Any, booked: int) -> tuple[str | None, str | None]:
    """Who is on the other side, and his account: in later versions a name stands one step deeper."""
    role = "Dbtr" if booked > 0 else "Cdtr"
    parties = child(details, "RltdPties")
    if parties is None:
        return None, None
    name = text_at(parties, role, "Nm") or text_at(parties, role, "Pty", "Nm")
    account = text_at(parties, f"{role}Acct", "Id", "IBAN") or text_at(parties, f"{role}Acct", "Id", "Othr", "Id")
    return name, account


def _amount(details: Any, currency: str, credit: bool, place: str) -> int | None:
    """What one transaction of a batch came to in the account's currency, signed; None when it does not say."""
    signed = is_credit(details, place) if child(details, "CdtDbtInd") is not None else credit
    for path in (("Amt",), ("AmtDtls", "TxAmt", "Amt"), ("AmtDtls", "CntrValAmt", "Amt")):
        found = at(details, *path)
        if found is not None and found.get("Ccy") == currency:
            minor, _ = whole_minor(found, place)
            return minor if signed else -minor
    return None


def _charge(details: Any, entry: Any, booked: int, currency: str, place: str) -> int:
    """What the bank kept of money that came in: what it says is included in the amount, or what is lacking of what was sent."""
    if booked <= 0:
        return 0
    sent = _sent(details, currency, place)
    holders = [details] if entry is None or details is entry else [details, entry]
    for holder in holders:
        included, unsaid = 0, 0
        for told in children(holder, "Chrgs"):
            for one in children(told, "Rcrd") or [told]:
                amount, says = child(one, "Amt"), text_at(one, "ChrgInclInd")
                if amount is None or amount.get("Ccy") != currency or text_at(one, "CdtDbtInd") == "CRDT":
                    continue
                minor, _ = whole_minor(amount, place)
                included += minor if says in ("true", "1") else 0
                unsaid += minor if says is None else 0
        if included:
            return included
        # Where it is not said to be included, only the sum that was sent proves it; of a batch that is its own sum.
        if unsaid and (entry is None or sent == booked + unsaid):
            return unsaid
    return 0


def _sent(details: Any, currency: str, place: str) -> int | None:
    for path in (("AmtDtls", "InstdAmt", "Amt"), ("AmtDtls", "TxAmt", "Amt")):
        found = at(details, *path)
        if found is not None and found.get("Ccy") == currency:
            return whole_minor(found, place)[0]
    return None
