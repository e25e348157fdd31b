"""What has to hold of money whatever was done with it, and what stories about it are made of."""

from collections import Counter

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.facade import FactKind, Purpose
from app.kit.db.engine import Role
from app.kit.verify import CHECKS
from tests.proofs.money_world import LIMIT_MINOR, World

ROOMS = ("app.finance.", "app.pooling.")

_WHOLE = text("SELECT currency, sum(amount_minor) AS total FROM ledger_entries GROUP BY currency")
_BELOW = text(
    "SELECT a.purpose, a.currency, CASE a.side WHEN 'debit' THEN 1 ELSE -1 END * sum(e.amount_minor) AS balance "
    "FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id GROUP BY a.id, a.side, a.floor_minor "
    "HAVING CASE a.side WHEN 'debit' THEN 1 ELSE -1 END * sum(e.amount_minor) < a.floor_minor"
)
_AT_PROVIDER = text(
    "SELECT a.purpose, p.kind, lower(a.currency) AS currency, sum(e.amount_minor) AS total FROM ledger_entries e "
    "JOIN ledger_accounts a ON a.id = e.account_id JOIN ledger_postings p ON p.id = e.posting_id "
    "WHERE a.purpose IN ('cash_at_provider', 'hold_at_provider') GROUP BY 1, 2, 3"
)
_PAYMENTS = text(
    "SELECT payment, captured_minor FROM milestone_payments WHERE payment IS NOT NULL "
    "UNION ALL SELECT payment, captured_minor FROM financing_payments WHERE payment IS NOT NULL"
)
_EVENTS = text("SELECT count(*) FROM provider_events WHERE state = 'failed'")

# What the ledger calls what the provider's balance says of.
KINDS = {
    "came in": (FactKind.MILESTONE_FUNDED, FactKind.DEPOSIT_TAKEN, FactKind.FINANCED),
    "given back": (FactKind.REFUND, FactKind.DEPOSIT_RETURNED),
    "sent on": (FactKind.PAYOUT, FactKind.PAYOUT_REVERSED),
    "taken by banks": (FactKind.CHARGED_BACK, FactKind.CHARGEBACK_WON),
}
MOVED = {"refund": "given back", "transfer": "sent on", "transfer_refund": "sent on"}

RULES = frozenset(
    {
        *("order", "pay, good card", "pay, declined card", "pay, answer lost", "await a transfer", "transfer comes"),
        *(
            "withdraw a transfer",
            "withdraw a transfer that comes",
            "show evidence",
            "accept",
            "return evidence",
            "silence",
        ),
        *("days go by", "refund what is held", "refund what was released", "refund too much", "refund at the desk"),
        *("chargeback opened", "chargeback won", "chargeback lost", "dispute", "agree on a dispute", "owe"),
        *("decide a dispute", "withdraw a dispute", "offer a receivable", "quote and assign", "fund, good card"),
        *("fund, declined card", "refund what is assigned", "chargeback of an advance"),
        *("refund of an advance at the desk", "advance repaid", "advance returned", "advance recourse", "advance lost"),
        *("advance undone", "advance renewed"),
        *("take back before a payout", "take back after a payout", "difference of exchange", "deposit held"),
        *("deposit captured", "deposit let go", "withdraw a commitment", "ask for credit", "credit taken"),
        *("ask for too much credit", "credit refused", "credit given back", "invoice", "settle an open item by bank"),
        *("record a payment of an open item", "a transfer to the house", "a transfer to the house that names nothing"),
        *("take a transfer off", "transfer taken off", "transfer stays", "bank sends"),
    }
)
"""All that stories are made of."""
SEEN_BESIDE = frozenset(
    {
        *("credit taken", "credit refused", "advance repaid", "advance returned", "advance recourse", "advance lost"),
        *("advance undone", "advance renewed", "transfer taken off", "transfer stays"),
    }
)
"""What is not told, and comes of what is."""
SEEN = frozenset(
    {
        *("currencies", "limits", "provider: sums", "provider: payments", "verify: ledger postings"),
        *(
            "verify: ledger balances",
            "verify: milestone sums",
            "verify: milestones in the ledger",
            "verify: commissions",
        ),
        *("verify: payouts in the ledger", "verify: what suppliers are owed", "verify: credit", "verify: open items"),
        *("verify: disputes and their histories", "verify: dispute proposals", "verify: disputed milestones"),
        *("verify: milestones reduced by disputes", "verify: advances in the ledger"),
        *(
            "verify: receivables assigned once",
            "verify: open items in the books",
            "verify: invoice documents",
            "verify: deposits in the ledger",
            "verify: bank entries",
            "verify: bank balances",
        ),
    }
)
"""What has to be looked at."""


async def wrong(world: World) -> list[str]:
    """Everything that does not hold now."""
    found = [
        f"{minor} of the credit of {buyer.firm.code} is left"
        for buyer in world.buyers
        if not 0 <= (minor := await world.left(buyer)) <= LIMIT_MINOR
    ]
    world.tally["limits"] += len(world.buyers)
    async with world.market.db.transaction(Role.AUDITOR, readonly=True) as session:
        for name, check in CHECKS.items():
            if not check.__module__.startswith(ROOMS):
                continue
            looked, broken = await check(session)
            session.expunge_all()
            world.tally[f"verify: {name}"] += looked
            found += [f"{name}: {one}" for one in broken]
        rows = (await session.execute(_WHOLE)).all()
        world.tally["currencies"] += len(rows)
        found += [f"all entries come to {row.total} {row.currency}" for row in rows if row.total]
        below = (await session.execute(_BELOW)).all()
        found += [f"{row.purpose} is at {row.balance} {row.currency}" for row in below]
        if failed := await session.scalar(_EVENTS):
            found.append(f"{failed} events were not followed")
        found += await _at_provider(world, session)
    return found


async def _at_provider(world: World, session: AsyncSession) -> list[str]:
    """The provider's account of the same money."""
    books: Counter[tuple[str, str]] = Counter()
    for row in (await session.execute(_AT_PROVIDER)).all():
        if row.purpose == Purpose.HOLD_AT_PROVIDER:
            books["held", row.currency] += row.total
            continue
        books["cash", row.currency] += row.total
        [kind] = [name for name, kinds in KINDS.items() if row.kind in kinds] or [row.kind]
        books[kind, row.currency] += row.total
    there: Counter[tuple[str, str]] = Counter()
    for one in world.stripe.all("balance_transaction"):
        there[MOVED.get(one["type"], "came in"), one["currency"]] += one["amount"]
        there["cash", one["currency"]] += one["amount"]
    for one in world.stripe.all("dispute"):
        taken = 0 if one["status"] == "won" else one["amount"]
        there["taken by banks", one["currency"]] -= taken
        there["cash", one["currency"]] -= taken
    for one in world.stripe.all("payment_intent"):
        there["held", one["currency"]] += one["amount_capturable"]
    names = {*books, *there}
    world.tally["provider: sums"] += len(names)
    found = [
        f"{kind}: {books[kind, currency]} {currency} in the books, {there[kind, currency]} at the provider"
        for kind, currency in sorted(names)
        if books[kind, currency] != there[kind, currency]
    ]
    received = {one["id"]: one["amount_received"] for one in world.stripe.all("payment_intent")}
    rows = (await session.execute(_PAYMENTS)).all()
    world.tally["provider: payments"] += len(rows)
    return found + [f"payment {row.payment}" for row in rows if received[row.payment] != row.captured_minor]
