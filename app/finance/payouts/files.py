"""Files: what a supplier was sent, as a table in his language; what the operator's bank is to send."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger.facade import CAUSE_LABELS, CauseKind
from app.finance.payouts import bank_queries, queries
from app.finance.payouts.errors import PayoutStatementTooLong
from app.finance.payouts.models import Payout, PayoutItem, PayoutTakeBack
from app.finance.payouts.states import WAY_LABELS, Way
from app.finance.payouts.views import remittance
from app.kit.locales import NP_, translate
from app.kit.tables import harmless
from app.reference import facade as reference

MOST_LINES = 20_000
LINES_AT_ONCE = 1_000
BANK_COLUMNS = ("payout_id", "holder", "account", "bic", "amount", "currency", "remittance")
HEADINGS = (
    NP_("statement of payouts", "Date"),
    NP_("statement of payouts", "Payout"),
    NP_("statement of payouts", "Cause"),
    NP_("statement of payouts", "Reference"),
    NP_("statement of payouts", "Owed"),
    NP_("statement of payouts", "Taken back"),
    NP_("statement of payouts", "Set off"),
    NP_("statement of payouts", "Sent"),
    NP_("statement of payouts", "Currency"),
    NP_("statement of payouts", "Sent by"),
    NP_("statement of payouts", "Transfer"),
)
CAME_BACK = NP_("statement of payouts", "Taken back after it was sent")


def _rows(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def _figure(minor: int, currency: str) -> str:
    return format(Decimal(minor).scaleb(-reference.currency(currency).exponent), "f")


def bank_file(rows: Sequence[Payout]) -> bytes:
    """Payouts by bank, one a line, for the operator's bank program: figures with a point, texts as banks take them."""
    lines = [
        (
            str(row.id),
            harmless(row.bank_holder or ""),
            row.bank_account or "",
            row.bank_bic or "",
            _figure(row.amount_minor, row.currency),
            row.currency,
            remittance(row),
        )
        for row in rows
    ]
    return _rows([BANK_COLUMNS, *lines])


async def statement_file(session: AsyncSession, supplier_id: UUID, first: date, last: date, locale: str) -> bytes:
    """What was sent on some days and what came back of it, by day; UTF-8 with a mark, as spreadsheets open it.

    Call it in a transaction that sees one moment. Raises `PayoutStatementTooLong`.
    """
    lines: list[tuple[date, UUID, list[str]]] = []
    after = None
    while rows := await queries.sent_after(session, supplier_id, first, last, after, LINES_AT_ONCE):
        payouts = await queries.payouts(session, {row.payout_id for row in rows if row.payout_id})
        lines += [
            (row.sent_on or last, row.id, _sent(row, payouts[row.payout_id], locale)) for row in rows if row.payout_id
        ]
        after = _next(lines)
    after = None
    while backs := await queries.taken_back_after(session, supplier_id, first, last, after, LINES_AT_ONCE):
        items = await queries.items(session, {row.item_id for row in backs})
        lines += [(row.ended_on or last, row.id, _back(row, items[row.item_id], locale)) for row in backs]
        after = _next(lines)
    for payout in await bank_queries.returned_in(session, supplier_id, first, last, MOST_LINES + 1):
        lines += [one for one in _returned(payout, locale) if first <= one[0] <= last]
    if lines:
        _next(lines)
    lines.sort(key=lambda line: line[:2])
    return b"\xef\xbb\xbf" + _rows([[translate(one, locale) for one in HEADINGS], *(line[2] for line in lines)])


def _next(lines: Sequence[tuple[date, UUID, list[str]]]) -> tuple[date, UUID]:
    if len(lines) > MOST_LINES:
        raise PayoutStatementTooLong(most=MOST_LINES)
    return lines[-1][:2]


def _sent(row: PayoutItem, payout: Payout, locale: str) -> list[str]:
    figures = (row.amount_minor, row.taken_back_minor, row.set_off_minor, row.sent_minor)
    return [
        reference.display_date(row.sent_on or payout.made_on, locale, "short"),
        str(payout.id),
        *_cause(row, locale),
        *(_figure(minor, row.currency) for minor in figures),
        row.currency,
        translate(WAY_LABELS[Way(payout.way)], locale),
        harmless(row.transfer or payout.bank_reference or ""),
    ]


def _back(row: PayoutTakeBack, item: PayoutItem, locale: str) -> list[str]:
    return [
        reference.display_date(row.ended_on or row.asked_on, locale, "short"),
        str(item.payout_id or ""),
        *_cause(item, locale),
        *("", "", ""),
        _figure(-row.amount_minor, row.currency),
        row.currency,
        translate(CAME_BACK, locale),
        harmless(row.reference or ""),
    ]


def _returned(row: Payout, locale: str) -> list[tuple[date, UUID, list[str]]]:
    """A payout by bank that came back: what was sent, and the same again; what it was made of is sent with another one."""
    assert row.ended_at is not None and row.returned_on is not None
    of, by = [translate(CAUSE_LABELS[CauseKind.PAYOUT], locale), row.reference or ""], WAY_LABELS[Way(row.way)]
    return [
        (
            day,
            row.id,
            [
                reference.display_date(day, locale, "short"),
                str(row.id),
                *of,
                *("", "", ""),
                _figure(minor, row.currency),
                row.currency,
                translate(how, locale),
                harmless(row.bank_reference or ""),
            ],
        )
        for day, minor, how in (
            (row.ended_at.date(), row.sent_minor, by),
            (row.returned_on, -row.sent_minor, CAME_BACK),
        )
    ]


def _cause(row: PayoutItem, locale: str) -> list[str]:
    return [translate(CAUSE_LABELS[CauseKind(row.cause_kind)], locale), str(row.cause_id)]
