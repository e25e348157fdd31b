"""The house's bank account, statement by statement, and what verification sees of whatever is paid and sent by it."""

from typing import Any

from app.finance.bank.checks import bank_balances, bank_entries
from app.finance.facade import AccountOf, Purpose
from app.finance.receivables import checks as item_checks
from app.finance.schedules import checks as schedule_checks
from app.kit.db.engine import Role
from tests.market import Market, Member
from tests.rooms.finance.statements import details, document, entry, on, statement, structured

UNASSIGNED = AccountOf(None, Purpose.UNASSIGNED, "EUR")
PAYER, FROM = "Muster AG", "DE02120300000000202051"
PROOFS = (
    bank_entries,
    bank_balances,
    item_checks.open_items,
    item_checks.open_items_in_the_books,
    schedule_checks.milestone_sums,
    schedule_checks.milestones_in_the_ledger,
)


class Account:
    """The house's bank account, statement by statement."""

    def __init__(self, market: Market, chief: Member, minor: int = 1_000_000) -> None:
        self.market, self.chief, self.minor, self.number = market, chief, minor, 0

    async def tells(self, *moves: tuple[int, str], reversal: bool = False) -> list[dict[str, Any]]:
        """A statement with movements, each of so much and naming something, once the worker has looked at them."""
        day = self.market.clock.now().date()
        payer = f"<Dbtr><Nm>{PAYER}</Nm></Dbtr><DbtrAcct><Id><IBAN>{FROM}</IBAN></Id></DbtrAcct>"
        party = f"<RltdPties>{payer}</RltdPties>"
        opening, self.minor = self.minor, self.minor + sum(minor for minor, _ in moves)
        self.number += 1
        # The bank's own number of an entry tells two statements of the same movements apart.
        lines = [
            entry(
                _figure(minor),
                details(remittance=structured(name), party=party),
                day=str(day),
                reversal=reversal,
                reference=f"{self.number}-{at}",
            )
            for at, (minor, name) in enumerate(moves)
        ]
        told = statement(_figure(opening), _figure(self.minor), *lines, name=str(self.number), days=on(day))
        answer = await self.chief.post(
            "/v1/operator/bank-statements?new_accounts=true",
            content=document(told),
            headers={"Content-Type": "application/xml"},
        )
        assert answer.status_code == 201, answer.text
        await self.market.work()
        rows = (await self.chief.get("/v1/operator/bank-entries?limit=100")).json()["items"]
        return list(rows[: len(moves)][::-1])


def _figure(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02d}"


async def proved(market: Market) -> list[str]:
    """What verification finds broken."""
    found = []
    for proof in PROOFS:
        async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
            found += (await proof(session))[1]
    return found


async def finding(chief: Member, one: dict[str, Any]) -> str | None:
    """Why an entry is a task."""
    row = (await chief.get(f"/v1/operator/bank-entries/{one['id']}")).json()
    return row["finding"] and str(row["finding"]["code"])
