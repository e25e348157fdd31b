"""A small version of the proof that money adds up whatever happens to it; and that it sees what does not."""

import pytest

from app.finance import facade as finance
from app.finance.facade import AccountOf, CauseKind, FactKind, Posting, Purpose, credit, debit
from app.kit.db.engine import Role
from tests.proofs.money_life import MoneyLife, lived
from tests.server import TestServer


def test_money_adds_up_after_every_step(server: TestServer) -> None:
    figures = lived(server, 2, 7, same=True)
    assert figures["steps"] >= 20 and len(figures["times_each_rule_was_told"]) >= 8
    assert figures["looked_at"]["provider: sums"] > 40 and figures["looked_at"]["verify: milestone sums"] > 40


class Careless(MoneyLife):
    """Whoever shows evidence is told to have been paid a cent, which adds up in itself."""

    def told(self, name: str, doing: object = None) -> object:
        """A posting too much."""
        super().told(name, doing)  # type: ignore[arg-type]
        self.run(self.posted())
        return super().told("nothing")

    async def posted(self) -> None:
        one, day = self.world.milestones[0], self.world.market.clock.now().date()
        cash, escrow = (
            AccountOf(None, Purpose.CASH_AT_PROVIDER, one.currency),
            AccountOf(one.buyer_id, Purpose.ESCROW, one.currency),
        )
        legs = (debit(cash, 1), credit(escrow, 1))
        fact = Posting(FactKind.MILESTONE_FUNDED, (CauseKind.MILESTONE, one.id), day, legs, 99)
        async with self.world.market.db.transaction(Role.WORKER) as session:
            await finance.post(session, fact)


def test_a_cent_too_much_is_seen(server: TestServer) -> None:
    with pytest.raises(AssertionError, match="in the books, 0 at the provider"):
        lived(server, 1, 2, Careless, same=True)
