"""Buyers who all want the same few pieces at the same moment; the same for one process of a test and for several of a proof."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tests.concurrency.racing import Outcome, Owner
from tests.market import Member


@dataclass
class Selling(Outcome):
    """Reservations of one item. `wrong` are the rounds after which not exactly its stock was held."""

    rounds: int = 0
    wrong: list[str] = field(default_factory=list)


def held(owner: Owner, item_id: str) -> Decimal:
    """How much of an item is reserved, as the superuser sees it."""
    row = owner.execute("SELECT sum(reserved) FROM stock_balances WHERE item_id = %s", (item_id,)).fetchone()
    return Decimal(str(row[0])) if row and row[0] is not None else Decimal(0)


async def race_reservations(
    outcome: Selling, buyers: Sequence[Member], item_id: str, stock: int, owner: Owner, *, turn: int
) -> None:
    """Every buyer asks for one piece at once. Exactly as many get one as there are; then they let go of them again."""
    winners: list[tuple[Member, str]] = []
    before = outcome.answers.copy()

    async def ask(buyer: Member) -> None:
        began = time.perf_counter()
        answer = await buyer.post("/v1/reservations", json={"lines": [{"item_id": item_id, "quantity": "1"}]})
        outcome.note(answer, began)
        if answer.status_code == 201:
            winners.append((buyer, answer.json()["id"]))

    began = time.perf_counter()
    # Whoever comes first in one round comes later in the next.
    await asyncio.gather(*(ask(buyer) for buyer in (*buyers[turn:], *buyers[:turn])))
    outcome.seconds += time.perf_counter() - began
    outcome.rounds += 1
    reserved = held(owner, item_id)
    if len(winners) != stock or reserved != stock:
        told = outcome.answers - before
        outcome.wrong.append(
            f"round {outcome.rounds}: {len(winners)} of {stock} sold, {reserved} reserved, {dict(told)}"
        )
    answers = await asyncio.gather(*(buyer.post(f"/v1/reservations/{one}/release") for buyer, one in winners))
    if {answer.status_code for answer in answers} != {200} or held(owner, item_id) != 0:
        outcome.wrong.append(f"round {outcome.rounds}: what was held was not released")
