"""The operator's desk for statements of his bank accounts, over HTTP; and what `verify` proves of them."""

from pathlib import Path
from typing import Any

from app.finance import facade as finance
from app.finance.bank.checks import bank_balances, bank_entries, bank_statements
from app.finance.facade import AccountOf, Purpose
from app.kit.db.engine import Database, Role
from app.kit.db.tenancy import act_for
from tests.market import Caller, Market
from tests.rooms.finance.statements import details, entry, structured

EXAMPLE = Path(__file__).parents[3] / "examples" / "bank-statement.xml"
UPLOAD = "/v1/operator/bank-statements"
XML = {"Content-Type": "application/xml"}


async def sent(who: Caller, content: bytes, *, new: bool = True, status: int = 201) -> dict[str, Any]:
    """A file is taken over."""
    answer = await who.post(f"{UPLOAD}?new_accounts={str(new).lower()}", content=content, headers=XML)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def entries(who: Caller, query: str = "") -> list[dict[str, Any]]:
    """All entries, the oldest first."""
    answer = await who.get(f"/v1/operator/bank-entries?limit=100{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])[::-1]


async def told(who: Caller, one: dict[str, Any], verb: str, status: int = 201, **form: Any) -> dict[str, Any]:
    """The operator does something with an entry."""
    answer = await who.post(f"/v1/operator/bank-entries/{one['id']}/{verb}", json=form)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def undone(who: Caller, match: dict[str, Any], status: int = 200) -> dict[str, Any]:
    """A match is undone."""
    answer = await who.post(f"/v1/operator/bank-matches/{match['id']}/undoing", json={"reason": "Wrong one."})
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def holds(market: Market, purpose: Purpose = Purpose.BANK, currency: str = "EUR") -> int:
    """What an account of the house holds."""
    async with market.db.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        return await finance.balance(session, AccountOf(None, purpose, currency))


async def proved(db: Database) -> list[str]:
    """What `verify` finds broken."""
    found: list[str] = []
    for proof in (bank_statements, bank_entries, bank_balances):
        async with db.transaction(Role.AUDITOR, readonly=True) as session:
            looked, broken = await proof(session)
            assert looked > 0
            found += broken
    return found


def paid(named: str, minor: int, **more: Any) -> str:
    """An entry with a structured reference."""
    return entry(f"{minor // 100}.{minor % 100:02d}", details(remittance=structured(named)), **more)
