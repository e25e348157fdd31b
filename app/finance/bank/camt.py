"""Statements of bank accounts as banks send them: ISO 20022 camt.053, read as it comes, entry by entry.

What hostile files do is refused: document types and with them entities, huge texts, other documents, too much of anything. The
elements that are read are the same in versions 02 to 13, but for those that moved, which are looked for in both places.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from lxml import etree

from app.finance.bank.camt_entries import lines_of
from app.finance.bank.camt_words import Refused, amount_of, child, day_of, minor_of, name_of, text_at
from app.finance.bank.statement import Line, Statement
from app.kit.locales import N_

NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(0[2-9]|1[0-3])")
MOST_STATEMENTS = 500
MOST_LINES = 50_000
_HEAD = 65_536

NOT_A_STATEMENT = N_("This is no bank statement as ISO 20022 describes it (camt.053, versions 02 to 13).")
BROKEN_XML = N_("The XML is not well-formed from line {line} on.")
HAS_DTD = N_("The file has a document type. Statements have none, and it is not read.")
TOO_MUCH = N_("A file has {most_statements} statements and {most_lines} entries at most.")
NO_ACCOUNT = N_("The statement does not name its account.")
NO_NAME = N_("The statement has no identification.")
NO_BALANCE = N_("The statement does not say what the account held before and after it.")
DO_NOT_ADD_UP = N_("The balance before and the entries come to {comes_to}, but the statement ends with {says}.")

_OPENING = ("OPBD", "PRCD")
_CLOSING = ("CLBD",)


def read_statements(file: BinaryIO) -> list[Statement]:
    """All statements of a file, in the order in which they follow one another. Raises `Refused` with the place."""
    _refuse_dtd(file)
    found: list[Statement] = []
    try:
        for statement in _statements(file):
            found.append(statement)
            if len(found) > MOST_STATEMENTS:
                raise too_much()
    except etree.XMLSyntaxError as error:
        raise Refused("bank-broken-xml", BROKEN_XML, line=error.lineno or 0) from None
    if not found:
        raise Refused("bank-not-a-statement", NOT_A_STATEMENT)
    return sorted(found, key=lambda one: one.order)


def too_much() -> Refused:
    """More than a file may hold."""
    return Refused("bank-too-much", TOO_MUCH, most_statements=MOST_STATEMENTS, most_lines=MOST_LINES)


def _refuse_dtd(file: BinaryIO) -> None:
    """A document type may only stand before the first element, so the beginning tells; what is longer is seen when it ends."""
    head = file.read(_HEAD)
    file.seek(0)
    if b"<" not in head[:200]:
        raise Refused("bank-not-a-statement", NOT_A_STATEMENT)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode()
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise Refused("bank-has-dtd", HAS_DTD)


def _statements(file: BinaryIO) -> Iterator[Statement]:
    events = etree.iterparse(
        file, events=("start", "end"), resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    number, entries, total = 0, 0, 0
    lines: list[Line] = []
    for event, element in events:
        name = name_of(element)
        if event == "start":
            if element.getparent() is None:
                _look_at_root(element)
            elif name == "Stmt":
                number, entries, lines = number + 1, 0, []
        elif name == "Ntry" and name_of(element.getparent()) == "Stmt":
            entries += 1
            total += 1
            found = lines_of(element, _currency_of(element.getparent()), number, entries)
            lines += found
            total += max(0, len(found) - 1)
            if total > MOST_LINES:
                raise too_much()
            _forget(element)
        elif name == "Stmt":
            yield _statement(element, number, lines)
            _forget(element)


def _look_at_root(root: Any) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused("bank-has-dtd", HAS_DTD)
    namespace = str(etree.QName(root).namespace or "")
    if name_of(root) != "Document" or NAMESPACE.fullmatch(namespace) is None:
        raise Refused("bank-not-a-statement", NOT_A_STATEMENT)


def _forget(element: Any) -> None:
    """Free a finished element and the one of its kind before it; what else stands before it can still be asked for."""
    element.clear()
    before = element.getprevious()
    if before is not None and name_of(before) == name_of(element):
        element.getparent().remove(before)


def _currency_of(statement: Any) -> str:
    """Of the account; its balances stand before the entries and say it too."""
    told = text_at(statement, "Acct", "Ccy")
    if told is None:
        balance = child(statement, "Bal")
        amount = child(balance, "Amt") if balance is not None else None
        told = amount.get("Ccy") if amount is not None else None
    return told or ""


def _statement(element: Any, number: int, lines: list[Line]) -> Statement:
    where = str(number)
    identification = text_at(element, "Id")
    if identification is None:
        raise Refused("bank-no-name", NO_NAME, where)
    account = text_at(element, "Acct", "Id", "IBAN") or text_at(element, "Acct", "Id", "Othr", "Id")
    if account is None:
        raise Refused("bank-no-account", NO_ACCOUNT, where)
    currency = _currency_of(element)
    opening, closing = _balance(element, _OPENING, currency, where), _balance(element, _CLOSING, currency, where)
    if opening is None or closing is None:
        raise Refused("bank-no-balance", NO_BALANCE, where)
    found = Statement(
        number,
        identification[:70],
        "".join(account.split()).upper()[:34],
        currency,
        _number(text_at(element, "ElctrncSeqNb")),
        _number(text_at(element, "LglSeqNb")),
        opening[0],
        opening[1],
        closing[0],
        closing[1],
        tuple(line for line in lines if line.booked_minor or line.charge_minor),
    )
    comes_to = found.opening_minor + found.sum_minor
    if comes_to != found.closing_minor:
        says = amount_of(found.closing_minor, currency)
        raise Refused("bank-sums-differ", DO_NOT_ADD_UP, where, comes_to=amount_of(comes_to, currency), says=says)
    return found


def _balance(element: Any, kinds: tuple[str, ...], currency: str, where: str) -> tuple[int, date] | None:
    """The first balance of one of the kinds, the better kind first, and its day."""
    balances = {text_at(one, "Tp", "CdOrPrtry", "Cd"): one for one in reversed(element) if name_of(one) == "Bal"}
    for kind in kinds:
        one = balances.get(kind)
        if one is not None:
            return minor_of(one, currency, where), day_of(child(one, "Dt"), where)
    return None


def _number(text: str | None) -> int | None:
    try:
        number = int(Decimal(text or ""))
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return number if 0 <= number < 2**63 else None
