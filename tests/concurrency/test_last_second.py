"""In the last second before a freeze every commitment is in or refused, and none is counted twice."""

from tests.concurrency.racing import Owner
from tests.concurrency.racing_campaigns import Rush, rush
from tests.market import Market


async def test_whoever_commits_himself_around_the_freeze_is_in_or_refused(market: Market, owner: Owner) -> None:
    members = [await market.people("buyer") for _ in range(30)]
    outcome = Rush()
    await rush(market, outcome, owner, members, seconds=1.5)
    assert outcome.wrong == []
    assert outcome.taken + outcome.refused == len(members)
    assert outcome.taken > 0 and set(outcome.answers) <= {201, 409}
