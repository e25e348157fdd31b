"""What the stories tell of the house's own bank account: transfers that come for milestones, are put towards the wrong one and
taken off it again, and whatever is sent from it."""

from typing import Any

from tests.proofs.money_world import World
from tests.rooms.finance.bank_account import Account

CURRENCY = "EUR"
UNNAMED = "RF18539007547034"
REFUSED = ("bank-match-final", "payment-milestone-frozen")


class BankDesk:
    """The account, and whoever of the operator's people looks after it. `put` are the words on entries that still stand."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.account = Account(world.market, world.operator)
        self.put: list[tuple[str, Any]] = []

    async def come(self, one: Any, minor: int, *, named: bool) -> None:
        """So much comes for a milestone, and the operator says so where the bank does not."""
        shown = (await self.world.member(one.buyer_id).get(f"/v1/payment-milestones/{one.id}")).json()
        reference = shown["reference"].replace(" ", "")
        [entry] = await self.account.tells((minor, reference if named else UNNAMED))
        if not entry["matches"]:
            path = f"/v1/operator/bank-entries/{entry['id']}/matches"
            entry = await self.world.ask(self.world.operator, path, {"reference": reference}, 201)
        self.put.append((entry["matches"][-1]["id"], one.id))

    async def take_off(self, nth: int) -> bool:
        """It was for something else, and is sent back; whether it was taken off."""
        match_id, milestone_id = self.put.pop(nth)
        before = await self._stands(milestone_id)
        path, form = f"/v1/operator/bank-matches/{match_id}/undoing", {"reason": "Another firm's."}
        entry = await self.world.ask(self.world.operator, path, form, 200, 409)
        if "code" in entry:
            assert entry["code"] in REFUSED, entry
            assert await self._stands(milestone_id) == before, "what is refused changes nothing"
            return False
        [minor] = [one["amount"]["minor"] for one in entry["matches"] if one["id"] == match_id]
        after = await self._stands(milestone_id)
        assert before - after == minor, f"it is owed again: {before} {after} {minor}"
        [back] = await self.account.tells((-entry["left"]["minor"], UNNAMED))
        offset = {"bank_entry_id": entry["id"], "reason": "Sent back."}
        await self.world.ask(self.world.operator, f"/v1/operator/bank-entries/{back['id']}/offset", offset, 201)
        return True

    async def _stands(self, milestone_id: Any) -> int:
        await self.world.look()
        return int(next(one.stands_minor for one in self.world.milestones if one.id == milestone_id))

    async def send(self) -> None:
        """The bank sends what it is to send, refunds and payouts."""
        operator = self.world.operator
        refunds = (await operator.get("/v1/operator/bank-refunds?limit=100")).json()["items"]
        payouts = (await operator.get("/v1/operator/bank-payouts?limit=100")).json()["items"]
        moves = [(-one["amount"]["minor"], one["reference"].replace(" ", "")) for one in refunds]
        moves += [(-one["amount"]["minor"], one["remittance"].replace(" ", "")) for one in payouts]
        told = await self.account.tells(*moves)
        assert [one["state"]["code"] for one in told] == ["settled"] * self.world.to_send, told
