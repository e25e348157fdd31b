"""Take statements over: all of a file or nothing, each once, each beginning with what the one before ended with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import stdnum.iban
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank import booking, queries
from app.finance.bank.camt_words import amount_of
from app.finance.bank.errors import BankAccountUnknown, StatementDiffers, StatementMissing
from app.finance.bank.models import BankEntry
from app.finance.bank.statement import Line, Statement, digest
from app.finance.einvoicing.references import references_in, structured_references
from app.finance.ledger import facade as ledger
from app.kit import audit
from app.kit.actor import Actor
from app.kit.ids import new_id
from app.kit.jobs import defer

MATCH_ENTRIES = "finance.match_bank_entries"


@dataclass(frozen=True, slots=True)
class Imported:
    """A statement of a file: as it stands here, and whether it came with this file."""

    statement_id: UUID
    account: str
    currency: str
    identification: str
    is_new: bool


async def import_statements(
    session: AsyncSession, actor: Actor | None, given: Sequence[Statement], *, new_accounts: bool, now: datetime
) -> list[Imported]:
    """Keep what is new, book it, and have it matched. Raises `BankAccountUnknown`, `StatementMissing`, `StatementDiffers`,
    and what the ledger refuses."""
    open_from = await ledger.first_open_day(session)
    for account, currency in sorted({(one.account, one.currency) for one in given}):
        await queries.lock_account(session, account, currency)
    found = [await _taken_over(session, actor, one, new_accounts, open_from) for one in given]
    if any(one.is_new for one in found):
        await defer(session, MATCH_ENTRIES)
    if actor is not None:
        for one in found:
            if one.is_new:
                after = {"account": one.account, "identification": one.identification}
                await audit.record(
                    session, actor, "bank_statement.import", "bank_statement", one.statement_id, after=after
                )
    return found


async def _taken_over(
    session: AsyncSession, actor: Actor | None, given: Statement, new_accounts: bool, open_from: date | None
) -> Imported:
    sha256 = digest(given)
    key = (given.account, given.currency)
    same = await queries.same_statement(session, *key, given.identification, sha256)
    if same is not None:
        if same.sha256 != sha256:
            raise StatementDiffers(identification=given.identification)
        return Imported(same.id, *key, same.identification, is_new=False)
    last = await queries.last_statement(session, *key)
    if last is None and not new_accounts:
        shown = stdnum.iban.format(given.account) if stdnum.iban.is_valid(given.account) else given.account
        raise BankAccountUnknown(account=shown, currency=given.currency)
    if last is not None and (last.closing_minor != given.opening_minor or last.closing_on > given.closing_on):
        begins, ended = amount_of(given.opening_minor, given.currency), amount_of(last.closing_minor, given.currency)
        raise StatementMissing(identification=given.identification, begins=begins, ended=ended)
    statement_id = new_id()
    entries = [_entry(statement_id, given.currency, line) for line in given.lines]
    values = {
        "id": statement_id,
        "account": given.account,
        "currency": given.currency,
        "position": last.position + 1 if last else 1,
        "identification": given.identification,
        "electronic_number": given.electronic_number,
        "legal_number": given.legal_number,
        "opening_minor": given.opening_minor,
        "opening_on": given.opening_on,
        "closing_minor": given.closing_minor,
        "closing_on": given.closing_on,
        "entries": len(entries),
        "sha256": sha256,
        "imported_by": actor.person_id if actor else None,
    }
    await queries.insert_statement(session, values, entries)
    facts = [booking.moved(BankEntry(**one), _open_day(one["booked_on"], open_from)) for one in entries]
    if last is None:
        first = booking.opened(
            statement_id, given.currency, given.opening_minor, _open_day(given.opening_on, open_from)
        )
        facts = [first, *facts] if first else facts
    for portion in booking.portions(facts):
        await ledger.post(session, *portion)
    return Imported(statement_id, *key, given.identification, is_new=True)


def _open_day(day: date, open_from: date | None) -> date:
    """What the bank booked into a month that is closed here is booked on the first day after it: the balances must agree."""
    return day if open_from is None else max(day, open_from)


def _entry(statement_id: UUID, currency: str, line: Line) -> dict[str, Any]:
    return {
        "id": new_id(),
        "statement_id": statement_id,
        "entry": line.entry,
        "part": line.part,
        "currency": currency,
        "booked_minor": line.booked_minor,
        "charge_minor": line.charge_minor,
        "amount_minor": line.amount_minor,
        "booked_on": line.booked_on,
        "value_on": line.value_on,
        "reversal": line.reversal,
        "is_charge": line.is_charge,
        "bank_reference": line.bank_reference,
        "original": line.original,
        "structured": list(structured_references(line.structured)),
        "written": list(references_in(line.texts)),
        "remittance": "\n".join((*line.structured, *line.texts))[:2000] or None,
        "party_name": line.party,
        "party_account": line.party_account,
        "instructed_minor": line.instructed_minor,
        "instructed_currency": line.instructed_currency,
    }
